//! Which patterns are refused.

use proc_macro::{Ident, Span, TokenTree};

use super::A_GUARD;
use crate::error::Error;
use crate::tokens::{is_joint, is_sign, is_word};

/// Refuses what can be seen to be refutable. The compiler refuses the rest, and proposes to change this macro.
pub(super) fn check_pattern(pattern: &[TokenTree], at: Span) -> Result<(), Error> {
    if pattern.is_empty() {
        let text = "a pattern is missing: `pattern in flow => { .. }`";
        return Err(Error::new(at, text));
    }
    if let Some(guard) = pattern.iter().find(|token| is_word(token, "if")) {
        return Err(Error::new(guard.span(), A_GUARD));
    }
    // The type after it is none of our business.
    let colon = (0..pattern.len()).find(|&at| is_single_colon(pattern, at));
    match refutable_at(&pattern[..colon.unwrap_or(pattern.len())]) {
        Some(place) => Err(Error::new(place, REFUTABLE)),
        None => Ok(()),
    }
}

fn refutable_at(pattern: &[TokenTree]) -> Option<Span> {
    pattern.iter().enumerate().find_map(|(at, token)| {
        let refutable = match token {
            TokenTree::Ident(name) => {
                matches!(name.to_string().as_str(), "Some" | "None" | "Ok" | "Err")
                    || is_variant(&pattern[at..])
            }
            // Not the name of a field: `Pair { 0: left, .. }`.
            TokenTree::Literal(_) => !is_single_colon(pattern, at + 1),
            TokenTree::Punct(sign) => sign.as_char() == '|',
            TokenTree::Group(group) => {
                let inside: Vec<_> = group.stream().into_iter().collect();
                return refutable_at(&inside);
            }
        };
        refutable.then(|| token.span())
    })
}

/// `Type::Variant`, or a constant.
fn is_variant(tokens: &[TokenTree]) -> bool {
    let is_upper = |name: &Ident| name.to_string().starts_with(char::is_uppercase);
    matches!(
        tokens,
        [TokenTree::Ident(of), one, two, TokenTree::Ident(name), ..]
            if is_joint(one, ':') && is_sign(two, ':') && is_upper(of) && is_upper(name)
    )
}

fn is_single_colon(tokens: &[TokenTree], at: usize) -> bool {
    let after_another = at > 0 && is_joint(&tokens[at - 1], ':');
    let is_single = |token| is_sign(token, ':') && !is_joint(token, ':');
    tokens.get(at).is_some_and(is_single) && !after_another
}

const REFUTABLE: &str = "this pattern does not match every item, and an item that does not match would be lost: bind the item, and \
                         `match` on it in the handler";
