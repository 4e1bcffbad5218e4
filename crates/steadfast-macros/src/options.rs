//! What is written in the brackets of the attribute.

use proc_macro::{Ident, Span, TokenStream, TokenTree};

use crate::error::Error;

/// The runtimes, by the names that attributes, tests and hidden macros use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    Tokio,
    Smol,
    SmolGlobal,
    AsyncStd,
}

impl Runtime {
    pub(crate) const ALL: [Self; 4] = [Self::Tokio, Self::Smol, Self::SmolGlobal, Self::AsyncStd];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tokio => "tokio",
            Self::Smol => "smol",
            Self::SmolGlobal => "smol_global",
            Self::AsyncStd => "async_std",
        }
    }

    pub(crate) const fn feature(self) -> &'static str {
        match self {
            Self::SmolGlobal => "smol-global",
            Self::AsyncStd => "async-std",
            Self::Tokio | Self::Smol => self.name(),
        }
    }
}

/// The options, each with the place where it was written.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) runtimes: Vec<(Runtime, Span)>,
    pub(crate) workers: Option<(u64, Span)>,
    pub(crate) current_thread: Option<Span>,
    pub(crate) threads: Option<(u64, Span)>,
    pub(crate) grace_ms: Option<(u64, Span)>,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut tokens = tokens.into_iter();
        while let Some(first) = tokens.next() {
            let TokenTree::Ident(name) = first else {
                return Err(Error::new(first.span(), EXPECTED));
            };
            let rest: Vec<_> = tokens
                .by_ref()
                .take_while(|token| !is(token, ','))
                .collect();
            options.take(&name, &rest)?;
        }
        options.check()?;
        Ok(options)
    }

    fn take(&mut self, name: &Ident, rest: &[TokenTree]) -> Result<(), Error> {
        let at = name.span();
        let text = name.to_string();
        let named = Runtime::ALL
            .into_iter()
            .find(|runtime| runtime.name() == text);
        let twice = match text.as_str() {
            "workers" => self.workers.replace((positive(name, rest)?, at)).is_some(),
            "threads" => self.threads.replace((positive(name, rest)?, at)).is_some(),
            "grace_ms" => self.grace_ms.replace((number(name, rest)?, at)).is_some(),
            "current_thread" => {
                bare(name, rest)?;
                self.current_thread.replace(at).is_some()
            }
            _ => {
                let runtime = named.ok_or_else(|| Error::new(at, EXPECTED))?;
                bare(name, rest)?;
                let twice = self.names(runtime);
                self.runtimes.push((runtime, at));
                twice
            }
        };
        match twice {
            true => Err(Error::new(at, format!("`{text}` is given twice"))),
            false => Ok(()),
        }
    }

    /// An option of one runtime needs that runtime named.
    fn check(&self) -> Result<(), Error> {
        if let (Some((_, at)), Some(_)) = (self.workers, self.current_thread) {
            let text = "`current_thread` has no workers: give one of the two";
            return Err(Error::new(at, text));
        }
        let tokio = self.workers.map(|(_, at)| at).or(self.current_thread);
        let smol = self.threads.map(|(_, at)| at);
        for (given, runtime) in [(tokio, Runtime::Tokio), (smol, Runtime::Smol)] {
            if let Some(at) = given.filter(|_| !self.names(runtime)) {
                let name = runtime.name();
                let text = format!(
                    "this is an option of the runtime `{name}`, which is not named: add `{name}`"
                );
                return Err(Error::new(at, text));
            }
        }
        Ok(())
    }

    fn names(&self, runtime: Runtime) -> bool {
        self.runtimes.iter().any(|(named, _)| *named == runtime)
    }
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn bare(name: &Ident, rest: &[TokenTree]) -> Result<(), Error> {
    match rest.first() {
        None => Ok(()),
        Some(token) => Err(Error::new(
            token.span(),
            format!("`{name}` stands alone: separate the options by commas"),
        )),
    }
}

fn positive(name: &Ident, rest: &[TokenTree]) -> Result<u64, Error> {
    match number(name, rest)? {
        0 => Err(Error::new(
            rest[1].span(),
            format!("`{name}` is at least 1"),
        )),
        number => Ok(number),
    }
}

/// The number in `name = number`.
fn number(name: &Ident, rest: &[TokenTree]) -> Result<u64, Error> {
    let at = rest.last().map_or(name.span(), TokenTree::span);
    let number = match rest {
        [equals, TokenTree::Literal(number)] if is(equals, '=') => {
            number.to_string().replace('_', "").parse().ok()
        }
        _ => None,
    };
    number.ok_or_else(|| {
        Error::new(
            at,
            format!("`{name}` takes a whole number, as in `{name} = 4`"),
        )
    })
}

const EXPECTED: &str = "expected a runtime (`tokio`, `smol`, `smol_global`, `async_std`) or one of the options `workers = N`, \
                        `current_thread`, `threads = N`, `grace_ms = N`";
