//! The function under the attribute, taken apart as far as the macros need it.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::error::Error;

/// A plain `async fn` without parameters.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: TokenStream,
    pub(crate) name: Ident,
    /// From the arrow on; empty if there is none.
    pub(crate) output: TokenStream,
    pub(crate) body: Group,
}

/// `#[name ..]`.
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) tokens: TokenStream,
}

impl Function {
    /// `what` is the macro, for the texts.
    pub(crate) fn parse(item: TokenStream, what: &str) -> Result<Self, Error> {
        let mut tokens: Vec<_> = item.into_iter().collect();
        let body = pop_body(&mut tokens, what)?;
        let mut rest = tokens.as_slice();
        let attributes = take_attributes(&mut rest);
        let visibility = take_visibility(&mut rest);
        take_qualifiers(&mut rest, what)?;
        let name = match take(&mut rest) {
            Some(TokenTree::Ident(name)) => name.clone(),
            _ => return Err(not_a_function(body.span(), what)),
        };
        take_no_parameters(&mut rest, &name, what)?;
        if let Some(clause) = rest.iter().find(|token| is_word(token, "where")) {
            let text = format!("{what} takes a function without a `where` clause: remove it");
            return Err(Error::new(clause.span(), text));
        }
        Ok(Self {
            attributes,
            visibility,
            name,
            output: rest.iter().cloned().collect(),
            body,
        })
    }
}

/// The block at the end; a macro may have passed it on as one token.
fn pop_body(tokens: &mut Vec<TokenTree>, what: &str) -> Result<Group, Error> {
    let Some(TokenTree::Group(group)) = tokens.pop() else {
        return Err(not_a_function(Span::call_site(), what));
    };
    match group.delimiter() {
        Delimiter::Brace => Ok(group),
        Delimiter::None => pop_body(&mut group.stream().into_iter().collect(), what),
        Delimiter::Parenthesis | Delimiter::Bracket => Err(not_a_function(group.span(), what)),
    }
}

fn take_attributes(rest: &mut &[TokenTree]) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    while let [TokenTree::Punct(sign), TokenTree::Group(group), tail @ ..] = *rest {
        if sign.as_char() != '#' || group.delimiter() != Delimiter::Bracket {
            break;
        }
        attributes.push(Attribute {
            name: first_word(group.stream()),
            tokens: rest[..2].iter().cloned().collect(),
        });
        *rest = tail;
    }
    attributes
}

fn first_word(tokens: TokenStream) -> String {
    match tokens.into_iter().next() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => {
            first_word(group.stream())
        }
        token => token.map_or_else(String::new, |token| token.to_string()),
    }
}

fn take_visibility(rest: &mut &[TokenTree]) -> TokenStream {
    let length = match *rest {
        [word, TokenTree::Group(scope), ..]
            if is_word(word, "pub") && scope.delimiter() == Delimiter::Parenthesis =>
        {
            2
        }
        [TokenTree::Group(whole), ..] if whole.delimiter() == Delimiter::None => 1,
        [word, ..] if is_word(word, "pub") => 1,
        _ => 0,
    };
    let (visibility, tail) = rest.split_at(length);
    *rest = tail;
    visibility.iter().cloned().collect()
}

/// `async fn`, and nothing between.
fn take_qualifiers(rest: &mut &[TokenTree], what: &str) -> Result<(), Error> {
    let mut is_async = false;
    while let Some(token) = take(rest) {
        match token.to_string().as_str() {
            "async" => is_async = true,
            "fn" if is_async => return Ok(()),
            "fn" => {
                let text = format!("{what} takes an `async fn`: write `async` before `fn`");
                return Err(Error::new(token.span(), text));
            }
            word @ ("const" | "unsafe" | "safe" | "extern") => {
                let text = format!("{what} takes a plain `async fn`: remove `{word}`");
                return Err(Error::new(token.span(), text));
            }
            _ => return Err(not_a_function(token.span(), what)),
        }
    }
    Err(not_a_function(Span::call_site(), what))
}

fn take_no_parameters(rest: &mut &[TokenTree], name: &Ident, what: &str) -> Result<(), Error> {
    match take(rest) {
        Some(TokenTree::Group(parameters)) if parameters.delimiter() == Delimiter::Parenthesis => {
            match parameters.stream().into_iter().next() {
                None => Ok(()),
                Some(_) => Err(Error::new(
                    parameters.span(),
                    format!("{what} takes a function without parameters: nobody would pass them"),
                )),
            }
        }
        Some(generics) => Err(Error::new(
            generics.span(),
            format!("{what} takes a function that is not generic: nobody would choose the types"),
        )),
        None => Err(not_a_function(name.span(), what)),
    }
}

fn take<'a>(rest: &mut &'a [TokenTree]) -> Option<&'a TokenTree> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    Some(first)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

fn not_a_function(at: Span, what: &str) -> Error {
    Error::new(at, format!("{what} goes on an `async fn`"))
}
