//! What a few tokens are, without a parser.

use proc_macro::{Delimiter, Group, Spacing, TokenTree};

pub(crate) fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

pub(crate) fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

pub(crate) fn is_joint(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign && punct.spacing() == Spacing::Joint)
}

pub(crate) fn group_of(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

/// Words that stand before `!` or a group without being the name of a macro.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "while"
            | "match"
            | "return"
            | "in"
            | "else"
            | "break"
            | "await"
            | "loop"
            | "for"
            | "let"
            | "mut"
            | "move"
            | "yield"
            | "unsafe"
            | "async"
            | "continue"
            | "as"
            | "where"
    )
}

/// The name and the arguments of the macro call that begins with the last part of its path at `at`: `name ! ( .. )`.
pub(crate) fn macro_call(tokens: &[TokenTree], at: usize) -> Option<(String, &Group)> {
    let [
        TokenTree::Ident(name),
        sign,
        TokenTree::Group(arguments),
        ..,
    ] = &tokens[at..]
    else {
        return None;
    };
    let name = name.to_string();
    let is_call =
        is_sign(sign, '!') && !is_keyword(&name) && arguments.delimiter() != Delimiter::None;
    is_call.then_some((name, arguments))
}

/// One past the end of what begins at `at`, if jumps and awaits in it are its own: what `async` begins, a closure, a function, the
/// definition of a macro. One past a sign that only looks like the beginning of a closure.
pub(crate) fn end_of_own(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let token = &tokens[at];
    if is_word(token, "async") {
        return Some(end_of_async(tokens, at));
    }
    if is_word(token, "fn") {
        return Some(end_of_function(tokens, at));
    }
    if is_word(token, "macro_rules") {
        return Some((at + 4).min(tokens.len()));
    }
    if !is_sign(token, '|') {
        return None;
    }
    let after_operand = at > 0 && is_operand(&tokens[at - 1]);
    Some(match after_operand || begins_pattern(tokens, at) {
        // `|` and `||` between two values.
        true => at + 1 + usize::from(is_joint(token, '|')),
        false => end_of_closure(tokens, at),
    })
}

/// Whether the `|` at `at` stands before the pattern of a `match`: then its `=>` follows.
fn begins_pattern(tokens: &[TokenTree], at: usize) -> bool {
    let rest = &tokens[at..];
    let ends = |token: &TokenTree| is_sign(token, ',') || is_sign(token, ';');
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    find_arrow(&rest[..end]).is_some()
}

/// The first `=>`.
pub(crate) fn find_arrow(tokens: &[TokenTree]) -> Option<usize> {
    tokens
        .windows(2)
        .position(|pair| is_joint(&pair[0], '=') && is_sign(&pair[1], '>'))
}

/// One past the end of what the `async` at `at` begins: a block, a closure or a function. Its awaits are its own.
pub(crate) fn end_of_async(tokens: &[TokenTree], at: usize) -> usize {
    let mut next = at + 1;
    if tokens.get(next).is_some_and(|token| is_word(token, "move")) {
        next += 1;
    }
    match tokens.get(next) {
        Some(token) if is_word(token, "fn") || is_word(token, "unsafe") => {
            after_block(tokens, next)
        }
        Some(token) if is_sign(token, '|') => end_of_closure(tokens, next),
        _ => (next + 1).min(tokens.len()),
    }
}

/// One past the end of the function whose `fn` is at `at`; of a type or a pointer, one past the `fn` alone.
fn end_of_function(tokens: &[TokenTree], at: usize) -> usize {
    match tokens.get(at + 1) {
        Some(TokenTree::Ident(_)) => after_block(tokens, at),
        _ => at + 1,
    }
}

/// Whether an expression may end with this token, so that an operator follows.
pub(crate) fn is_operand(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(word) => is_word(token, "await") || !is_keyword(&word.to_string()),
        TokenTree::Punct(sign) => sign.as_char() == '?',
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
    }
}

/// One past the end of the closure whose first `|` is at `at`.
fn end_of_closure(tokens: &[TokenTree], at: usize) -> usize {
    let parameters = tokens[at + 1..]
        .iter()
        .position(|token| is_sign(token, '|'));
    let Some(parameters) = parameters else {
        return tokens.len();
    };
    let body = at + 1 + parameters + 1;
    if tokens.get(body).is_some_and(|token| is_joint(token, '-')) {
        return after_block(tokens, body);
    }
    if group_of(tokens.get(body), Delimiter::Brace).is_some() {
        return body + 1;
    }
    end_of_expression(tokens, body)
}

/// Where the expression at `at` ends: at a comma or a semicolon.
pub(crate) fn end_of_expression(tokens: &[TokenTree], mut at: usize) -> usize {
    while at < tokens.len() && !is_sign(&tokens[at], ',') && !is_sign(&tokens[at], ';') {
        let turbofish = is_sign(&tokens[at], '<') && at > 0 && is_sign(&tokens[at - 1], ':');
        at = if turbofish {
            end_of_turbofish(tokens, at)
        } else {
            at + 1
        };
    }
    at
}

/// One past the next block in braces.
fn after_block(tokens: &[TokenTree], at: usize) -> usize {
    let block = (at..tokens.len()).find(|&at| group_of(tokens.get(at), Delimiter::Brace).is_some());
    block.map_or(tokens.len(), |block| block + 1)
}

/// One past the generic arguments that begin with the `<` at `at`, after a `::`.
pub(crate) fn end_of_turbofish(tokens: &[TokenTree], at: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        let arrow = place > 0 && is_joint(&tokens[place - 1], '-');
        if is_sign(token, '<') {
            depth += 1;
        } else if is_sign(token, '>') && !arrow {
            depth -= 1;
            if depth == 0 {
                return place + 1;
            }
        }
    }
    tokens.len()
}
