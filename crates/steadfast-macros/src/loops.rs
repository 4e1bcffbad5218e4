//! `merge!` and `for_await!`.
//!
//! ```text
//! {
//!     use PRIVATE::Drive as _;
//!     let value = match Arm::new(source0) { arm0 => match Arm::new(source1) { arm1 => {
//!         let arm0 = pin!(arm0);
//!         let arm1 = pin!(arm1);
//!         let mut driver = Driver::new(Cons { arm: arm0, .., rest: Cons { arm: arm1, .., rest: Nil } }, parent, ..);
//!         loop {
//!             match driver.next().await {
//!                 Some(0) => { let pattern = driver.arms.take(); handler; }
//!                 Some(_) => { let pattern = driver.arms.rest.take(); handler; }
//!                 None => break done,
//!             }
//!         }
//!     } } };
//!     value
//! }
//! ```
//!
//! `match` keeps the temporaries of a source until the loop has ended; one for each source lets the compiler say which of them
//! is not `Send`.

mod made;
mod parse;
mod question;
mod rewrite;
mod scan;
mod solo;

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use self::made::Made;
use self::parse::{AN_ARM, Arm, Exit, Loop, Source};
pub(crate) use self::question::find_question_mark;
use self::rewrite::Rewrite;
use self::scan::scan;
pub(crate) use self::scan::{GENERATORS, lint_behind};
use crate::error::Error;
use crate::template::Template;
use crate::tokens::{find_arrow, group_of, is_sign, is_word};

pub(crate) fn merge(tokens: TokenStream) -> TokenStream {
    let expanded = Call::parse(tokens).and_then(|call| {
        let parsed = Loop::parse(call.tokens.clone())?;
        let expanded = call.expand(&parsed)?;
        Ok(Template::new()
            .with("P", call.private)
            .with("VALUE", expanded)
            .code("P::Merged::new(VALUE)"))
    });
    expanded.unwrap_or_else(Error::into_tokens)
}

pub(crate) fn for_await(tokens: TokenStream) -> TokenStream {
    let expanded = Call::parse(tokens).and_then(|mut call| {
        add_arrow(&mut call.tokens);
        let parsed = Loop::parse(call.tokens.clone())?;
        match parsed.arms.as_slice() {
            [_] => match parsed.options_at {
                Some(at) => Err(Error::new(at, NO_OPTIONS)),
                None => call.expand(&parsed),
            },
            [_, second, ..] => Err(Error::new(
                second.at,
                "`for_await!` is a loop over one flow; for several, use `merge!`",
            )),
            [] => Err(Error::new(Span::call_site(), AN_ARM)),
        }
    });
    expanded.unwrap_or_else(Error::into_tokens)
}

/// `pattern in flow { body }` is accepted too: the arrow is put before the block at the end, or before `done`.
fn add_arrow(tokens: &mut Vec<TokenTree>) {
    let head = match find_arrow(tokens) {
        None => tokens.as_slice(),
        Some(arrow) => match &tokens[..arrow] {
            [head @ .., comma, done] if is_word(done, "done") && is_sign(comma, ',') => head,
            [head @ .., done] if is_word(done, "done") => head,
            _ => return,
        },
    };
    if group_of(head.last(), Delimiter::Brace).is_some() {
        let body = head.len() - 1;
        tokens.splice(body..body, Template::new().code("=>"));
    }
}

/// What the macro was called with.
struct Call {
    /// The path to the private part of the core.
    private: TokenStream,
    /// The driver of the loop around this one.
    parent: Option<TokenStream>,
    tokens: Vec<TokenTree>,
}

impl Call {
    fn parse(tokens: TokenStream) -> Result<Self, Error> {
        let mut tokens: Vec<_> = tokens.into_iter().collect();
        let Some(private) = group_of(tokens.first(), Delimiter::Parenthesis).map(Group::stream)
        else {
            let text = "this macro is for `steadfast::merge!` and `steadfast::for_await!`, which say where the crate is";
            return Err(Error::new(Span::call_site(), text));
        };
        tokens.remove(0);
        let parent = match tokens.as_slice() {
            [sign, word, TokenTree::Group(parent), ..]
                if is_sign(sign, '@') && is_word(word, "in") =>
            {
                Some(parent.stream())
            }
            _ => None,
        };
        if parent.is_some() {
            tokens.drain(..3);
        }
        Ok(Self {
            private,
            parent,
            tokens,
        })
    }

    fn template(&self) -> Template {
        let template = Template::new().with("P", self.private.clone());
        let driver = Template::new().code("__driver");
        template.with("D", driver)
    }

    /// For code in which each await drives `driver`.
    fn rewrite(&self, driver: TokenStream) -> Rewrite {
        Rewrite::new(self.private.clone(), driver)
    }

    /// For code of this loop.
    fn driven(&self) -> Rewrite {
        self.rewrite(self.template().code("D"))
    }

    fn expand(&self, parsed: &Loop) -> Result<TokenStream, Error> {
        let label = parsed.label.as_ref().map(|(name, _)| name.as_str());
        check_exits(parsed, label)?;
        if let [arm] = parsed.arms.as_slice() {
            if matches!(arm.source, Source::Flow { once: false, .. }) && arm.condition.is_none() {
                return self.expand_solo(parsed, arm);
            }
        }
        let mut prelude = TokenStream::new();
        let mut sources = Vec::new();
        let mut arms = self.template().code("P::Nil");
        let mut pins = TokenStream::new();
        let mut conditions = TokenStream::new();
        let mut handlers = TokenStream::new();
        for (number, arm) in parsed.arms.iter().enumerate() {
            let made = Made::new(self, number, arm)?;
            prelude.extend(made.prelude);
            sources.push((made.source, made.name));
            pins.extend(made.pin);
            conditions.extend(made.condition);
            handlers.extend(self.handler(number, parsed, arm)?);
        }
        for (number, arm) in parsed.arms.iter().enumerate().rev() {
            let template = self
                .template()
                .with("REST", arms)
                .with("A", local("arm", number));
            let kind = self.kind(number, arm);
            let gate = template.code(if arm.condition.is_some() {
                "true"
            } else {
                "P::Open"
            });
            arms = template
                .with("GATE", gate)
                .with("KIND", kind)
                .code("P::Cons { arm: A, enabled: GATE, kind: KIND, rest: REST }");
        }
        let label = parsed.label.as_ref().map(|(_, label)| label.clone());
        let template = self
            .template()
            .with("PRELUDE", prelude)
            .with("PINS", pins)
            .with("ARMS", arms)
            .with("PARENT", self.driver_around())
            .with("CONDITIONS", conditions)
            .with("HANDLERS", handlers)
            .with("LABEL", label.unwrap_or_default())
            .with("DONE", self.done(parsed)?)
            .with("LINT", lint_behind(parsed.done.clone().unwrap_or_default()))
            .with("FINISH", self.finish(parsed))
            .with(
                "BIASED",
                self.template()
                    .code(if parsed.biased { "true" } else { "false" }),
            )
            .with("EXIT", self.template().code(exit_name(parsed.exit)));
        let mut value = template.code(
            "{
                PINS
                let mut D = P::Driver::<_, _, BIASED>::new(ARMS, PARENT, P::Exit::EXIT);
                let __value = LABEL loop {
                    CONDITIONS
                    match P::Driver::next(&mut D).await {
                        HANDLERS
                        LINT ::core::option::Option::None => break DONE,
                    }
                };
                FINISH
                __value
            }",
        );
        for (source, name) in sources.into_iter().rev() {
            let template = self.template().with("SOURCE", source).with("NAME", name);
            value = template
                .with("VALUE", value)
                .code("match (SOURCE) { NAME => VALUE }");
        }
        Ok(template.with("VALUE", value).code(
            "{
                use P::{Drive as _, GivenFallback as _, ProbeFallback as _};
                PRELUDE
                let __value = VALUE;
                __value
            }",
        ))
    }

    /// The driver that this one drives as well.
    fn driver_around(&self) -> TokenStream {
        match &self.parent {
            Some(parent) => self
                .template()
                .with("PARENT", parent.clone())
                .code("&mut PARENT"),
            None => self.template().code("P::NoParent"),
        }
    }

    /// The expression of a source that is made at once. While it awaits, the loop around this one moves on.
    fn source(&self, arm: &Arm) -> Result<TokenStream, Error> {
        let source = match (&arm.source, &self.parent) {
            (Source::Flow { expression, .. }, Some(parent)) => {
                self.rewrite(parent.clone()).stream(expression.clone())?
            }
            (Source::Flow { expression, .. }, None) => expression.clone(),
            (Source::Repeated(_), _) => unreachable!("an operation has no flow of its own"),
        };
        Ok(self.given(source, arm))
    }

    /// A source, which must be a flow.
    fn given(&self, source: TokenStream, arm: &Arm) -> TokenStream {
        let template = self.template().with("GIVEN", source);
        template.code_at("P::Given(GIVEN).__flow()", arm.at)
    }

    fn pattern(&self, arm: &Arm) -> TokenStream {
        match &arm.pattern {
            Some(pattern) => pattern.clone(),
            None => self.template().code("_"),
        }
    }

    fn kind(&self, number: usize, arm: &Arm) -> TokenStream {
        let template = self.template().with("K", local("kind", number));
        match (&arm.source, &arm.condition) {
            (Source::Flow { once: true, .. }, None) => {
                template.code("P::Kind::Operation { droppable: K }")
            }
            // There is nothing to drop until it is made.
            (Source::Flow { once: true, .. }, Some(_)) => {
                template.code("P::Kind::Operation { droppable: true }")
            }
            (Source::Flow { .. }, _) => template.code("P::Kind::Flow"),
            (Source::Repeated(_), _) => template.code("P::Kind::Operations(K)"),
        }
    }

    fn handler(&self, number: usize, parsed: &Loop, arm: &Arm) -> Result<TokenStream, Error> {
        let is_last = number + 1 == parsed.arms.len();
        let number_token = proc_macro::Literal::usize_suffixed(number);
        let template = self
            .template()
            .with("PATTERN", self.pattern(arm))
            .with("ARM", self.place(number))
            .with("NUMBER", TokenTree::from(number_token).into())
            .with("HANDLER", self.body(arm)?);
        Ok(template.code(if is_last {
            "::core::option::Option::Some(_) => { let PATTERN = P::Cons::take(&mut ARM); HANDLER }"
        } else {
            "::core::option::Option::Some(NUMBER) => { let PATTERN = P::Cons::take(&mut ARM); HANDLER }"
        }))
    }

    /// The code of a handler, as a statement.
    fn body(&self, arm: &Arm) -> Result<TokenStream, Error> {
        if let [TokenTree::Group(unit)] = arm.handler.as_slice() {
            if unit.delimiter() == Delimiter::Parenthesis && unit.stream().is_empty() {
                return Ok(TokenStream::new());
            }
        }
        let mut body = self.driven().handler(&arm.handler)?;
        body.extend(self.template().code(";"));
        Ok(body)
    }

    /// `driver.arms.rest.rest`
    fn place(&self, number: usize) -> TokenStream {
        let mut text = String::from("D.arms");
        for _ in 0..number {
            text.push_str(".rest");
        }
        self.template().code(&text)
    }

    fn done(&self, parsed: &Loop) -> Result<TokenStream, Error> {
        if let Some(done) = &parsed.done {
            return match &self.parent {
                Some(parent) => self.rewrite(parent.clone()).stream(done.clone()),
                None => Ok(done.clone()),
            };
        }
        let repeated = |arm: &Arm| matches!(arm.source, Source::Repeated(_));
        let endless = |arm: &Arm| repeated(arm) && arm.condition.is_none();
        let label = parsed.label.as_ref().map(|(name, _)| name.as_str());
        let mut values = parsed
            .arms
            .iter()
            .map(|arm| scan(&arm.handler, label).breaks_with_value);
        match values.find_map(|value| value) {
            None => Ok(self.template().code("()")),
            Some(_) if parsed.arms.iter().any(endless) => Ok(self.template().code("P::never()")),
            Some(at) if parsed.arms.iter().any(repeated) => Err(Error::new(at, NO_DONE_WHILE_OFF)),
            Some(at) => Err(Error::new(at, NO_DONE)),
        }
    }

    fn finish(&self, parsed: &Loop) -> TokenStream {
        let template = self.template();
        match parsed.exit {
            Exit::Finish => template.code("P::Driver::finish(&mut D).await;"),
            Exit::Tell | Exit::Drop => TokenStream::new(),
        }
    }
}

fn local(name: &str, number: usize) -> TokenStream {
    let ident = Ident::new(&format!("__{name}{number}"), Span::mixed_site());
    TokenTree::from(ident).into()
}

fn exit_name(exit: Exit) -> &'static str {
    match exit {
        Exit::Tell => "Tell",
        Exit::Drop => "Drop",
        Exit::Finish => "Finish",
    }
}

/// `on_exit: finish` cannot be kept by a jump that goes further than the loop.
fn check_exits(parsed: &Loop, label: Option<&str>) -> Result<(), Error> {
    if parsed.exit != Exit::Finish {
        return Ok(());
    }
    let mut jumps = parsed
        .arms
        .iter()
        .map(|arm| scan(&arm.handler, label).jumps_far);
    match jumps.find_map(|jump| jump) {
        Some(at) => Err(Error::new(at, CANNOT_FINISH)),
        None => Ok(()),
    }
}

const NO_OPTIONS: &str = "`for_await!` is a loop over one flow: there is no order of arms to choose, and no operation that would be cut when the \
                          loop is left. Take the option away; in a `merge!` of several sources it has a meaning";
const NO_DONE: &str = "this `break` has a value, but the loop may also end by itself when all its sources have ended, and would have \
                       none then: add `done => value`";
const NO_DONE_WHILE_OFF: &str = "this `break` has a value, but the loop also ends by itself when the condition of its `repeated` does not hold and \
                                 no other source is left, and would have none then: add `done => value`";
const CANNOT_FINISH: &str = "with `on_exit: finish;` the operations that have begun are awaited before the loop ends, which this jump \
                             cannot wait for: leave with `break value`, and jump after the loop";
