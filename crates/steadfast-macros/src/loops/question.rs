//! Where control leaves code by `?`.

use proc_macro::{Span, TokenTree};

use super::scan::{AWAITING, LEAVING, LOOPS, QUOTING, SYNCHRONOUS};
use crate::tokens::{end_of_own, is_operand, is_sign, macro_call};

/// The `?` after a value. In a type, as in `?Sized`, none follows an operand.
pub(super) fn is_question(tokens: &[TokenTree], at: usize) -> bool {
    is_sign(&tokens[at], '?') && at > 0 && is_operand(&tokens[at - 1])
}

/// The first `?` of this code itself. One that may belong to a closure, a function, or a macro that is not known is not found: whoever
/// asks refuses what is found, and must not refuse what is right.
pub(crate) fn find_question_mark(tokens: &[TokenTree]) -> Option<Span> {
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if let Some(next) = end_of_own(tokens, at) {
            at = next;
            continue;
        }
        if let Some((name, arguments)) = macro_call(tokens, at) {
            let name = name.as_str();
            let known = [LOOPS, AWAITING, LEAVING, SYNCHRONOUS]
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
        if is_question(tokens, at) {
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
