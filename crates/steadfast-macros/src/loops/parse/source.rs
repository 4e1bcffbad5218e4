//! What stands where a source should.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

use super::{Operation, Source};
use crate::error::Error;
use crate::tokens::{group_of, is_joint, is_sign, is_word};

impl Source {
    pub(super) fn parse(tokens: &[TokenTree]) -> Result<Self, Error> {
        if is_sign(&tokens[0], '&') && tokens.get(1).is_some_and(|token| is_word(token, "mut")) {
            return Err(Error::new(tokens[0].span(), BORROWED));
        }
        let expression = tokens.iter().cloned().collect();
        let Some((name, arguments)) = call_of(tokens) else {
            return Ok(Self::Flow {
                expression,
                once: false,
            });
        };
        match name.as_str() {
            "once" => {
                check_operation(arguments)?;
                Ok(Self::Flow {
                    expression,
                    once: true,
                })
            }
            "repeated" => match lending(arguments) {
                Some(source) => Ok(source),
                None if tokens.len() == 2 => Err(Error::new(arguments.span(), A_CLOSURE)),
                None => Ok(Self::Flow {
                    expression,
                    once: true,
                }),
            },
            _ => Ok(Self::Flow {
                expression,
                once: false,
            }),
        }
    }
}

/// The name and arguments of `path::name(arguments)`, if that is all there is.
fn call_of(tokens: &[TokenTree]) -> Option<(String, &Group)> {
    let (arguments, path) = tokens.split_last()?;
    let arguments = group_of(Some(arguments), Delimiter::Parenthesis)?;
    let (name, path) = path.split_last()?;
    match name {
        TokenTree::Ident(name) if path.is_empty() || is_path(path) => {
            Some((name.to_string(), arguments))
        }
        _ => None,
    }
}

/// An operation that is only borrowed would stand still after the loop.
fn check_operation(arguments: &Group) -> Result<(), Error> {
    let tokens: Vec<_> = arguments.stream().into_iter().collect();
    match tokens.as_slice() {
        [sign, word, ..] if is_sign(sign, '&') && is_word(word, "mut") => {
            Err(Error::new(sign.span(), BORROWED))
        }
        _ => Ok(()),
    }
}

/// The operation of `(|| operation)`, with `async` and `move` in their places; or of `(path::to::operation)`.
fn lending(arguments: &Group) -> Option<Source> {
    let tokens: Vec<_> = arguments.stream().into_iter().collect();
    let mut rest = tokens.as_slice();
    if is_path(rest) {
        let mut operation = arguments.stream();
        let call = Group::new(Delimiter::Parenthesis, TokenStream::new());
        operation.extend([TokenTree::from(call)]);
        return Some(Source::Repeated(Operation {
            is_async: None,
            takes: false,
            output: None,
            body: operation,
        }));
    }
    let is_async = take_word(&mut rest, "async");
    let takes = take_word(&mut rest, "move");
    let [one, two, body @ ..] = rest else {
        return None;
    };
    if !is_joint(one, '|') || !is_sign(two, '|') {
        return None;
    }
    let body = match body.last() {
        Some(comma) if is_sign(comma, ',') => &body[..body.len() - 1],
        _ => body,
    };
    let (output, body) = split_output(body);
    let body = match body {
        [TokenTree::Group(block)] if is_async && block.delimiter() == Delimiter::Brace => {
            block.stream()
        }
        _ => body.iter().cloned().collect(),
    };
    Some(Source::Repeated(Operation {
        is_async: is_async.then(|| tokens[0].clone()),
        takes,
        output,
        body,
    }))
}

/// The type in `-> type { body }`, and the block.
fn split_output(body: &[TokenTree]) -> (Option<TokenStream>, &[TokenTree]) {
    match body {
        [minus, more, output @ .., block] if is_joint(minus, '-') && is_sign(more, '>') => {
            let block = std::slice::from_ref(block);
            (Some(output.iter().cloned().collect()), block)
        }
        _ => (None, body),
    }
}

fn is_path(tokens: &[TokenTree]) -> bool {
    let is_part = |token| matches!(token, &TokenTree::Ident(_)) || is_sign(token, ':');
    !tokens.is_empty() && tokens.iter().all(is_part)
}

fn take_word(rest: &mut &[TokenTree], word: &str) -> bool {
    match *rest {
        [first, tail @ ..] if is_word(first, word) => {
            *rest = tail;
            true
        }
        _ => false,
    }
}

const BORROWED: &str = "an arm owns its source: one that is only borrowed would stand still when the loop has ended, with whatever it \
                        holds. Pass the future or flow itself; a `Stream` that does nothing between items may be borrowed: \
                        `(&mut stream).assume_serial()`";
const A_CLOSURE: &str = "`repeated` takes what begins the operation anew each time, a closure without parameters: `repeated(|| operation())`";
