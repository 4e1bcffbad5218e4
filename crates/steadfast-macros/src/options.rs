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
    /// The simulator: for tests, and only where it is named.
    Sim,
}

impl Runtime {
    /// Those that programs run on.
    pub(crate) const ALL: [Self; 4] = [Self::Tokio, Self::Smol, Self::SmolGlobal, Self::AsyncStd];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tokio => "tokio",
            Self::Smol => "smol",
            Self::SmolGlobal => "smol_global",
            Self::AsyncStd => "async_std",
            Self::Sim => "sim",
        }
    }

    pub(crate) const fn feature(self) -> &'static str {
        match self {
            Self::SmolGlobal => "smol-global",
            Self::AsyncStd => "async-std",
            Self::Tokio | Self::Smol | Self::Sim => self.name(),
        }
    }
}

/// The policies of the simulator: how they are written, and what they are called in its code.
const POLICIES: [(&str, &str); 4] = [
    ("fifo", "Fifo"),
    ("lifo", "Lifo"),
    ("last-woken-first", "LastWokenFirst"),
    ("random", "Random"),
];

/// The attribute that the options are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Main,
    Test,
}

/// The options, each with the place where it was written.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) runtimes: Vec<(Runtime, Span)>,
    pub(crate) workers: Option<(u64, Span)>,
    pub(crate) current_thread: Option<Span>,
    pub(crate) threads: Option<(u64, Span)>,
    pub(crate) grace_ms: Option<(u64, Span)>,
    pub(crate) seeds: Option<(u64, Span)>,
    pub(crate) policy: Option<(&'static str, Span)>,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream, of: Of) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut tokens = tokens.into_iter();
        while let Some(first) = tokens.next() {
            let TokenTree::Ident(name) = first else {
                return Err(Error::new(first.span(), of.expected()));
            };
            let rest: Vec<_> = tokens
                .by_ref()
                .take_while(|token| !is(token, ','))
                .collect();
            options.take(&name, &rest, of)?;
        }
        options.check(of)?;
        Ok(options)
    }

    fn take(&mut self, name: &Ident, rest: &[TokenTree], of: Of) -> Result<(), Error> {
        let at = name.span();
        let text = name.to_string();
        let twice = match text.as_str() {
            "workers" => self.workers.replace((positive(name, rest)?, at)).is_some(),
            "threads" => self.threads.replace((positive(name, rest)?, at)).is_some(),
            "grace_ms" => self.grace_ms.replace((number(name, rest)?, at)).is_some(),
            "current_thread" => {
                bare(name, rest)?;
                self.current_thread.replace(at).is_some()
            }
            "seeds" if of == Of::Test => self.seeds.replace((positive(name, rest)?, at)).is_some(),
            "policy" if of == Of::Test => self.policy.replace((policy(name, rest)?, at)).is_some(),
            "sim" if of == Of::Main => return Err(Error::new(at, NO_PROGRAM)),
            _ => {
                let all = Runtime::ALL.into_iter().chain([Runtime::Sim]);
                let named = all.into_iter().find(|runtime| runtime.name() == text);
                let runtime = named.ok_or_else(|| Error::new(at, of.expected()))?;
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
    fn check(&self, of: Of) -> Result<(), Error> {
        if let (Some((_, at)), Some(_)) = (self.workers, self.current_thread) {
            let text = "`current_thread` has no workers: give one of the two";
            return Err(Error::new(at, text));
        }
        let place = |given: Option<(u64, Span)>| given.map(|(_, at)| at);
        let (tokio, smol, sim) = (Runtime::Tokio, Runtime::Smol, Runtime::Sim);
        let workers_of: &[Runtime] = match of {
            Of::Main => &[tokio],
            Of::Test => &[tokio, sim],
        };
        let needs = [
            (place(self.workers), workers_of),
            (self.current_thread, &[tokio]),
            (place(self.threads), &[smol]),
            (place(self.seeds), &[sim]),
            (self.policy.map(|(_, at)| at), &[sim]),
        ];
        for (given, runtimes) in needs {
            let named = runtimes.iter().any(|runtime| self.names(*runtime));
            if let Some(at) = given.filter(|_| !named) {
                return Err(Error::new(at, not_named(runtimes)));
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

/// What the policy in `policy = "name"` is called in code.
fn policy(name: &Ident, rest: &[TokenTree]) -> Result<&'static str, Error> {
    let at = rest.last().map_or(name.span(), TokenTree::span);
    let policy = match rest {
        [equals, TokenTree::Literal(given)] if is(equals, '=') => {
            let given = given.to_string();
            POLICIES
                .into_iter()
                .find(|(written, _)| given == format!("\"{written}\""))
        }
        _ => None,
    };
    policy.map(|(_, called)| called).ok_or_else(|| {
        let all = POLICIES.map(|(written, _)| format!("`\"{written}\"`"));
        let all = all.join(", ");
        Error::new(at, format!("`policy` is one of {all}"))
    })
}

fn not_named(runtimes: &[Runtime]) -> String {
    let names: Vec<_> = runtimes
        .iter()
        .map(|runtime| format!("`{}`", runtime.name()))
        .collect();
    match names.as_slice() {
        [one] => {
            format!("this is an option of the runtime {one}, which is not named: add {one}")
        }
        _ => format!(
            "this is an option of the runtimes {}, none of which is named: add one",
            names.join(" and ")
        ),
    }
}

impl Of {
    const fn expected(self) -> &'static str {
        match self {
            Self::Main => {
                "expected a runtime (`tokio`, `smol`, `smol_global`, `async_std`) or one of the options `workers = N`, \
                 `current_thread`, `threads = N`, `grace_ms = N`"
            }
            Self::Test => {
                "expected a runtime (`tokio`, `smol`, `smol_global`, `async_std`, `sim`) or one of the options `workers = N`, \
                 `current_thread`, `threads = N`, `grace_ms = N`, `seeds = N`, `policy = \"random\"`"
            }
        }
    }
}

const NO_PROGRAM: &str = "the simulator is for tests: name a runtime that programs run on (`tokio`, `smol`, `smol_global`, \
                          `async_std`)";
