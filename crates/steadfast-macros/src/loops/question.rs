//! Where control leaves code by `?`.

use proc_macro::{Span, TokenTree};

use super::scan::{AWAITING, LOOPS, QUOTING, SYNCHRONOUS};
use crate::tokens::{
    end_of_async, end_of_closure, end_of_function, is_joint, is_operand, is_sign, is_word,
    macro_call,
};

/// The first `?` of this code itself. One that may belong to a closure, a function, or a macro that is not known is not found: whoever
/// asks refuses what is found, and must not refuse what is right.
pub(crate) fn find_question_mark(tokens: &[TokenTree]) -> Option<Span> {
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        let after_operand = at > 0 && is_operand(&tokens[at - 1]);
        if is_word(token, "async") {
            at = end_of_async(tokens, at);
            continue;
        }
        if is_word(token, "fn") {
            at = end_of_function(tokens, at);
            continue;
        }
        if is_sign(token, '|') {
            at = match after_operand {
                // `|` and `||` between two values.
                true => at + 1 + usize::from(is_joint(token, '|')),
                false => end_of_closure(tokens, at),
            };
            continue;
        }
        if is_word(token, "macro_rules") {
            at += 4;
            continue;
        }
        if let Some((name, arguments)) = macro_call(tokens, at) {
            let name = name.as_str();
            let known = [LOOPS, AWAITING, SYNCHRONOUS]
                .iter()
                .any(|names| names.contains(&name));
            if known && !QUOTING.contains(&name) {
                let inside: Vec<_> = arguments.stream().into_iter().collect();
                if let Some(found) = find_question_mark(&inside) {
                    return Some(found);
                }
            }
            at += 3;
            continue;
        }
        // In a type, as in `?Sized`, none follows an operand.
        if is_sign(token, '?') && after_operand {
            return Some(token.span());
        }
        if let TokenTree::Group(group) = token {
            let inside: Vec<_> = group.stream().into_iter().collect();
            if let Some(found) = find_question_mark(&inside) {
                return Some(found);
            }
        }
        at += 1;
    }
    None
}
