//! The code for one source.

use proc_macro::{Span, TokenStream, TokenTree};

use super::parse::{Arm, Operation, Source};
use super::question::find_question_mark;
use super::scan::{Found, find_await, scan};
use super::{Call, local};
use crate::error::Error;
use crate::template::Template;

/// The code for one source.
pub(super) struct Made {
    /// Before the sources: what they borrow.
    pub(super) prelude: TokenStream,
    pub(super) source: TokenStream,
    /// The pattern that binds it.
    pub(super) name: TokenStream,
    pub(super) pin: TokenStream,
    pub(super) condition: TokenStream,
}

impl Made {
    pub(super) fn new(call: &Call, number: usize, arm: &Arm) -> Result<Self, Error> {
        let template = call
            .template()
            .with("A", local("arm", number))
            .with("K", local("kind", number))
            .with("S", local("slot", number))
            .with("E", local("emitter", number))
            .with("T", local("taker", number))
            .with("PLACE", call.place(number));
        let condition = match &arm.condition {
            Some(condition) => call.driven().stream(condition.clone())?,
            None => TokenStream::new(),
        };
        let template = template.with("CONDITION", condition);
        match &arm.source {
            Source::Repeated(operation) => {
                let begin = begin(&template, operation)?;
                let template = template.with("OPERATION", begin);
                Ok(Self::repeated(&template, operation.takes, arm))
            }
            Source::Flow { once, .. } if arm.condition.is_none() => {
                let template = template.with("SOURCE", call.source(arm)?);
                Ok(Self::flow(&template, *once, arm))
            }
            Source::Flow { expression, once } => {
                check_lazy(expression)?;
                let source = call.given(expression.clone(), arm);
                Ok(Self::lazy(&template.with("SOURCE", source), *once, arm))
            }
        }
    }

    fn flow(template: &Template, once: bool, arm: &Arm) -> Self {
        let mut pin = TokenStream::new();
        if once {
            pin.extend(template.code("let K = P::Probe(&A).is_droppable();"));
        }
        pin.extend(template.code_at("let A = ::core::pin::pin!(A);", arm.at));
        Self {
            prelude: TokenStream::new(),
            source: template.code_at("P::Arm::new(SOURCE)", arm.at),
            name: template.code("A"),
            pin,
            condition: TokenStream::new(),
        }
    }

    fn repeated(template: &Template, takes: bool, arm: &Arm) -> Self {
        let body = if takes { "async move" } else { "async" };
        let text = format!(
            "P::Arm::new(P::Generated::new(T, {body} {{
                let mut __emitter = E;
                while P::endless() {{
                    let __operation = OPERATION;
                    P::Emitting::note(&mut __emitter, P::Probe(&__operation).is_droppable());
                    let __output = __operation.await;
                    P::Emitting::emit(&mut __emitter, __output).await;
                }}
            }}))"
        );
        let condition = match arm.condition {
            Some(_) => template.code("PLACE.enabled = CONDITION;"),
            None => TokenStream::new(),
        };
        Self {
            prelude: template
                .code("let mut S = P::Slot::new(); let (E, T, K) = P::Slot::split(&mut S);"),
            source: template.code_at(&text, arm.at),
            name: template.code("A"),
            pin: template.code("let A = ::core::pin::pin!(A);"),
            condition,
        }
    }

    fn lazy(template: &Template, once: bool, arm: &Arm) -> Self {
        let kind = template.code(if once {
            "PLACE.kind = P::Kind::Operation { droppable: P::Probe(&__made).is_droppable() };"
        } else {
            ""
        });
        Self {
            prelude: TokenStream::new(),
            source: template.code_at("::core::option::Option::Some(|| SOURCE)", arm.at),
            name: template.code("mut S"),
            pin: template.code_at("let A = ::core::pin::pin!(P::vacant(&S));", arm.at),
            condition: template.clone().with("KIND", kind).code(
                "PLACE.enabled = CONDITION;
                if PLACE.enabled {
                    if let ::core::option::Option::Some(__make) = ::core::option::Option::take(&mut S) {
                        let __made = __make();
                        KIND
                        P::Arm::fill(PLACE.arm.as_mut(), __made);
                    }
                }",
            ),
        }
    }
}

/// An expression that becomes a closure.
fn check_lazy(expression: &TokenStream) -> Result<(), Error> {
    let tokens: Vec<_> = expression.clone().into_iter().collect();
    let found = scan(&tokens, None);
    if found.unknown_macro.is_none() {
        if let Some(at) = find_await(&tokens) {
            return Err(Error::new(at, LAZY_AWAIT));
        }
    }
    match leaves_for_sure(&tokens, &found) {
        Some(at) => Err(Error::new(at, LAZY_JUMP)),
        None => Ok(()),
    }
}

/// Where control leaves this code. The arguments of a macro that is not known may be code of another future, and what is right is not to
/// be refused.
fn leaves_for_sure(tokens: &[TokenTree], found: &Found) -> Option<Span> {
    match found.unknown_macro {
        None => found.leaves,
        Some(_) => find_question_mark(tokens),
    }
}

/// The expression that begins an operation.
fn begin(template: &Template, operation: &Operation) -> Result<TokenStream, Error> {
    let body: Vec<_> = operation.body.clone().into_iter().collect();
    let leaves = leaves_for_sure(&body, &scan(&body, None));
    let template = template.clone().with("BODY", operation.body.clone());
    let template = template.with("OUTPUT", operation.output.clone().unwrap_or_default());
    let typed = operation.output.is_some();
    let Some(word) = &operation.is_async else {
        return match leaves {
            Some(at) => Err(Error::new(at, OPERATION_JUMP)),
            None if typed => Ok(template.code("{ let __operation: OUTPUT = BODY; __operation }")),
            None => Ok(operation.body.clone()),
        };
    };
    let template = template.with("ASYNC", word.clone().into());
    Ok(template.code(if typed {
        // The first return says what the others, and `?`, have to give.
        "ASYNC {
            if !P::endless() {
                return P::never::<OUTPUT>();
            }
            BODY
        }"
    } else {
        "ASYNC { BODY }"
    }))
}

const LAZY_AWAIT: &str = "a source with a precondition is made when the condition holds first, where it cannot await: await it before \
                          the loop, or write `once(async { .. })`";
const LAZY_JUMP: &str = "a source with a precondition is made when the condition holds first, in a closure that control cannot leave: take \
                         what may fail out of it, before the loop";
const OPERATION_JUMP: &str = "the closure of `repeated` begins one operation after the other, and control cannot leave the loop from there: put \
                              it into the operation, `repeated(|| async { .. })`, and leave the loop in the handler";
