//! What is written in a `merge!`.

mod pattern;
mod source;

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use self::pattern::check_pattern;
use crate::error::Error;
use crate::tokens::{end_of_turbofish, find_arrow, group_of, is_joint, is_sign, is_word};

/// A whole loop.
pub(crate) struct Loop {
    /// `'label :`, or nothing.
    pub(crate) label: Option<(String, TokenStream)>,
    pub(crate) biased: bool,
    pub(crate) exit: Exit,
    /// The first of the options.
    pub(crate) options_at: Option<Span>,
    pub(crate) arms: Vec<Arm>,
    pub(crate) done: Option<TokenStream>,
}

/// `on_exit: ..;`
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Tell,
    Drop,
    Finish,
}

pub(crate) struct Arm {
    pub(crate) pattern: Option<TokenStream>,
    pub(crate) source: Source,
    pub(crate) condition: Option<TokenStream>,
    pub(crate) handler: Vec<TokenTree>,
    /// Where the source is written.
    pub(crate) at: Span,
}

/// Where the items come from.
pub(crate) enum Source {
    /// An expression; `once` if it is a single operation.
    Flow { expression: TokenStream, once: bool },
    /// `repeated(|| operation)`.
    Repeated(Operation),
}

/// What a closure without parameters does.
pub(crate) struct Operation {
    /// `async`, if that is where it begins.
    pub(crate) is_async: Option<TokenTree>,
    /// `move`: it takes what it uses.
    pub(crate) takes: bool,
    /// `-> output`
    pub(crate) output: Option<TokenStream>,
    /// For an `async` closure the inside of its block.
    pub(crate) body: TokenStream,
}

impl Loop {
    pub(crate) fn parse(tokens: Vec<TokenTree>) -> Result<Self, Error> {
        let mut rest = tokens.as_slice();
        let mut parsed = Self {
            label: take_label(&mut rest),
            biased: false,
            exit: Exit::Tell,
            options_at: None,
            arms: Vec::new(),
            done: None,
        };
        let options = rest;
        parsed.take_options(&mut rest)?;
        if rest.len() < options.len() {
            parsed.options_at = options.first().map(TokenTree::span);
        }
        while !rest.is_empty() {
            parsed.take_arm(&mut rest)?;
        }
        match parsed.arms.is_empty() {
            true => Err(Error::new(Span::call_site(), NO_ARM)),
            false => Ok(parsed),
        }
    }

    fn take_options(&mut self, rest: &mut &[TokenTree]) -> Result<(), Error> {
        loop {
            match *rest {
                [biased, end, tail @ ..] if is_word(biased, "biased") && is_sign(end, ';') => {
                    self.biased = true;
                    *rest = tail;
                }
                [option, colon, choice, end, tail @ ..]
                    if is_word(option, "on_exit") && is_sign(colon, ':') && is_sign(end, ';') =>
                {
                    self.exit = match choice.to_string().as_str() {
                        "drop" => Exit::Drop,
                        "finish" => Exit::Finish,
                        _ => return Err(Error::new(choice.span(), EXITS)),
                    };
                    *rest = tail;
                }
                [option, ..] if is_word(option, "on_exit") => {
                    return Err(Error::new(option.span(), EXITS));
                }
                [biased, comma, ..] if is_word(biased, "biased") && is_sign(comma, ',') => {
                    return Err(Error::new(comma.span(), OPTIONS));
                }
                [TokenTree::Ident(option), end, ..] if is_sign(end, ';') => {
                    return Err(Error::new(option.span(), OPTIONS));
                }
                _ => return Ok(()),
            }
        }
    }

    fn take_arm(&mut self, rest: &mut &[TokenTree]) -> Result<(), Error> {
        if is_option(rest) {
            return Err(Error::new(rest[0].span(), OPTIONS));
        }
        let Some(arrow) = find_arrow(rest) else {
            return Err(Error::new(rest[0].span(), AN_ARM));
        };
        let head = &rest[..arrow];
        let Some(first) = head.first() else {
            return Err(Error::new(rest[arrow].span(), AN_ARM));
        };
        if is_sign(first, '#') {
            let text = if is_doc(head) { NO_DOC } else { NO_ATTRIBUTE };
            return Err(Error::new(first.span(), text));
        }
        let handler = take_handler(&rest[arrow + 2..], rest[arrow].span())?;
        *rest = &rest[arrow + 2 + handler.len()..];
        if let [comma, tail @ ..] = *rest {
            if is_sign(comma, ',') {
                *rest = tail;
            }
        }
        match head {
            [word] if is_word(word, "done") => {
                if self.done.replace(handler.into_iter().collect()).is_some() {
                    return Err(Error::new(word.span(), "`done` is given twice"));
                }
            }
            [word] if is_word(word, "else") || is_word(word, "complete") => {
                let text = format!(
                    "`merge!` has no `{word}`: the value after the last arm has ended is `done => value`"
                );
                return Err(Error::new(word.span(), text));
            }
            [word] if is_word(word, "default") => {
                return Err(Error::new(word.span(), NO_DEFAULT));
            }
            _ => self.arms.push(Arm::parse(head, handler, first.span())?),
        }
        Ok(())
    }
}

/// `#[doc = ..]`, which is what `/// ..` has become.
fn is_doc(head: &[TokenTree]) -> bool {
    let inside = group_of(head.get(1), Delimiter::Bracket).map(Group::stream);
    inside
        .and_then(|tokens| tokens.into_iter().next())
        .is_some_and(|token| is_word(&token, "doc"))
}

/// An option where an arm should be.
fn is_option(rest: &[TokenTree]) -> bool {
    match rest {
        [word, sign, ..] => {
            (is_word(word, "biased") && (is_sign(sign, ';') || is_sign(sign, ',')))
                || (is_word(word, "on_exit") && is_sign(sign, ':'))
        }
        [word] => is_word(word, "biased"),
        [] => false,
    }
}

fn take_label(rest: &mut &[TokenTree]) -> Option<(String, TokenStream)> {
    let [quote, TokenTree::Ident(name), colon, tail @ ..] = *rest else {
        return None;
    };
    if !is_joint(quote, '\'') || !is_sign(colon, ':') {
        return None;
    }
    let label = rest[..3].iter().cloned().collect();
    *rest = tail;
    Some((name.to_string(), label))
}

/// A block, or everything up to the next comma.
fn take_handler(tokens: &[TokenTree], arrow: Span) -> Result<Vec<TokenTree>, Error> {
    if let Some(block) = group_of(tokens.first(), Delimiter::Brace) {
        let goes_on = tokens
            .get(1)
            .is_some_and(|token| is_sign(token, '.') || is_sign(token, '?'));
        if !goes_on {
            return Ok(vec![block.clone().into()]);
        }
    }
    let mut end = 0;
    while end < tokens.len() && !is_sign(&tokens[end], ',') {
        let turbofish = is_sign(&tokens[end], '<') && end > 0 && is_sign(&tokens[end - 1], ':');
        end = if turbofish {
            end_of_turbofish(tokens, end)
        } else {
            end + 1
        };
    }
    match (end, find_arrow(&tokens[..end])) {
        (0, _) => Err(Error::new(
            arrow,
            "a handler is missing: `pattern in flow => { .. }`",
        )),
        (_, Some(next)) => Err(Error::new(tokens[next].span(), NO_COMMA)),
        _ => Ok(tokens[..end].to_vec()),
    }
}

impl Arm {
    pub(crate) fn parse(
        head: &[TokenTree],
        handler: Vec<TokenTree>,
        at: Span,
    ) -> Result<Self, Error> {
        let (pattern, source) = split_pattern(head);
        if let Some(pattern) = pattern {
            check_pattern(pattern, at)?;
        }
        let (source, condition) = split_condition(source);
        if let Some(at) = condition.and_then(let_at) {
            return Err(Error::new(at, A_LET));
        }
        if let Some(guard) = guard_at(source) {
            return Err(Error::new(guard, A_GUARD));
        }
        let Some(first) = source.first() else {
            return Err(Error::new(at, AN_ARM));
        };
        Ok(Self {
            pattern: pattern.map(|tokens| tokens.iter().cloned().collect()),
            at: first.span(),
            source: Source::parse(source)?,
            condition: condition.map(|tokens| tokens.iter().cloned().collect()),
            handler,
        })
    }
}

/// `pattern in source` or `pattern = source`.
fn split_pattern(head: &[TokenTree]) -> (Option<&[TokenTree]>, &[TokenTree]) {
    let divides = |place: usize| {
        let token = &head[place];
        let joined = place > 0 && matches!(&head[place - 1], TokenTree::Punct(_)) && {
            let before = &head[place - 1];
            ".=<>!+-*/%&|^".chars().any(|sign| is_joint(before, sign))
        };
        let equals = is_sign(token, '=') && !is_joint(token, '=') && !joined;
        is_word(token, "in") || equals
    };
    match (0..head.len()).find(|&place| divides(place)) {
        Some(place) => (Some(&head[..place]), &head[place + 1..]),
        None => (None, head),
    }
}

/// `source, if condition`.
fn split_condition(source: &[TokenTree]) -> (&[TokenTree], Option<&[TokenTree]>) {
    let comma = source
        .windows(2)
        .position(|pair| is_sign(&pair[0], ',') && is_word(&pair[1], "if"));
    match comma {
        Some(comma) => (&source[..comma], Some(&source[comma + 2..])),
        None => (source, None),
    }
}

/// The `let` of a condition that would bind a name.
fn let_at(condition: &[TokenTree]) -> Option<Span> {
    let found = condition.iter().find(|token| is_word(token, "let"));
    found.map(TokenTree::span)
}

/// The `if` of a guard, as it would stand in a `match`.
fn guard_at(source: &[TokenTree]) -> Option<Span> {
    let guard = |pair: &&[TokenTree]| {
        let ends = matches!(
            &pair[0],
            TokenTree::Ident(_) | TokenTree::Group(_) | TokenTree::Literal(_)
        );
        ends && !is_word(&pair[0], "else") && is_word(&pair[1], "if")
    };
    source.windows(2).find(guard).map(|pair| pair[1].span())
}

pub(crate) const AN_ARM: &str = "expected an arm: `pattern in flow => { handler }`";
const NO_ARM: &str = "there is no arm; write at least one: `pattern in flow => { handler }`";
const EXITS: &str = "expected `on_exit: drop;` or `on_exit: finish;`: what becomes of operations that have begun when a handler \
                     leaves the loop";
const OPTIONS: &str = "`biased;` and `on_exit: drop;` or `on_exit: finish;` are what there is to choose, each with its semicolon, before the first \
                       arm";
const NO_ATTRIBUTE: &str = "an arm takes no attributes: `#[allow(..)]` goes on a statement in the handler or around the loop; a source \
                            that is there only under a `cfg` is a variable, and `flow::empty()` elsewhere";
const NO_DOC: &str = "an arm is no item and has no documentation: begin the comment with `//`";
const NO_COMMA: &str = "this arm begins inside of the handler before it: put a comma after that handler, or braces around it";
const A_GUARD: &str = "a precondition comes after a comma: `source, if condition`. It is looked at before there is an item; to leave \
                       items out, use `filter`, or an `if` in the handler";
const A_LET: &str = "a precondition is an expression without `let`: `if value.is_some()`, or `if matches!(value, ..)`. What the source needs of \
                     the value it takes by itself, as in `once(async { .. })`";
const NO_DEFAULT: &str = "`merge!` waits for its arms and has no `default`: poll a single source with `core::future::poll_fn`";
