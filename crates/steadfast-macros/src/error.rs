//! Compile errors that point into the user's code.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// What is wrong, and where.
pub(crate) struct Error {
    at: Span,
    text: String,
}

impl Error {
    pub(crate) fn new(at: Span, text: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
        }
    }

    /// `::core::compile_error! { "text" }`, shown at the span.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let mut text = Literal::string(&self.text);
        text.set_span(self.at);
        let mut body = Group::new(Delimiter::Brace, TokenTree::from(text).into());
        body.set_span(self.at);
        let path: [TokenTree; 8] = [
            Punct::new(':', Spacing::Joint).into(),
            Punct::new(':', Spacing::Alone).into(),
            Ident::new("core", self.at).into(),
            Punct::new(':', Spacing::Joint).into(),
            Punct::new(':', Spacing::Alone).into(),
            Ident::new("compile_error", self.at).into(),
            Punct::new('!', Spacing::Alone).into(),
            body.into(),
        ];
        path.into_iter()
            .map(|mut token| {
                token.set_span(self.at);
                token
            })
            .collect()
    }
}
