//! Code of ours with holes for code of the user.

use proc_macro::{Group, Ident, Span, TokenStream, TokenTree};

use crate::error::Error;

/// Code with named holes. Names of locals and labels in it are invisible to the user's code, and the other way round.
#[derive(Clone)]
pub(crate) struct Template {
    holes: Vec<(&'static str, TokenStream)>,
}

impl Template {
    pub(crate) const fn new() -> Self {
        Self { holes: Vec::new() }
    }

    /// Fills a hole.
    pub(crate) fn with(mut self, name: &'static str, tokens: TokenStream) -> Self {
        self.holes.push((name, tokens));
        self
    }

    /// The code, shown to the user as the macro's own.
    pub(crate) fn code(&self, text: &str) -> TokenStream {
        self.code_at(text, Span::mixed_site())
    }

    /// The code, shown to the user as if it stood at `at`.
    pub(crate) fn code_at(&self, text: &str, at: Span) -> TokenStream {
        match text.parse::<TokenStream>() {
            Ok(tokens) => self.fill(tokens, Span::mixed_site().located_at(at)),
            Err(error) => {
                let text = format!("steadfast generated wrong code: {error}");
                Error::new(at, text).into_tokens()
            }
        }
    }

    fn fill(&self, tokens: TokenStream, span: Span) -> TokenStream {
        let mut filled = TokenStream::new();
        for mut token in tokens {
            match &token {
                TokenTree::Ident(name) => {
                    if let Some(tokens) = self.hole(name) {
                        let is_path = name.to_string() == PATH;
                        filled.extend(tokens.into_iter().map(|token| match is_path {
                            true => located(token, span),
                            false => token,
                        }));
                        continue;
                    }
                }
                TokenTree::Group(group) => {
                    let inside = self.fill(group.stream(), span);
                    token = Group::new(group.delimiter(), inside).into();
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            token.set_span(span);
            filled.extend([token]);
        }
        filled
    }

    fn hole(&self, name: &Ident) -> Option<TokenStream> {
        let name = name.to_string();
        let hole = self.holes.iter().find(|(hole, _)| *hole == name);
        hole.map(|(_, tokens)| tokens.clone())
    }
}

/// The hole for the path to the private part of the core. Its tokens stand in the core; errors are to be shown elsewhere.
const PATH: &str = "P";

/// The token, with its own names in scope, shown at `at`.
fn located(mut token: TokenTree, at: Span) -> TokenTree {
    token.set_span(token.span().located_at(at));
    token
}
