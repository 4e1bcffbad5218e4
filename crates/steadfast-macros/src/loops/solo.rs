//! A loop over one flow.

use proc_macro::TokenStream;

use super::parse::{Arm, Loop};
use super::{Call, lint_behind, local};
use crate::error::Error;

impl Call {
    /// A loop over one flow, whose items go to the body at once.
    pub(super) fn expand_solo(&self, parsed: &Loop, arm: &Arm) -> Result<TokenStream, Error> {
        let label = parsed.label.as_ref().map(|(_, label)| label.clone());
        let template = self
            .template()
            .with("A", local("arm", 0))
            .with("SOURCE", self.source(arm)?)
            .with("PARENT", self.driver_around())
            .with("LABEL", label.unwrap_or_default())
            .with("PATTERN", self.pattern(arm))
            .with("HANDLER", self.body(arm)?)
            .with("DONE", self.done(parsed)?)
            .with("LINT", lint_behind(parsed.done.clone().unwrap_or_default()));
        // Before `done` is looked at, the flow is dropped; else the end of the loop does that.
        let source = match parsed.done {
            Some(_) => "P::source_before_done(SOURCE)",
            None => "P::source(SOURCE)",
        };
        let source = template.code_at(source, arm.at);
        let pin = template.code_at("let A = ::core::pin::pin!(A);", arm.at);
        Ok(template.with("MADE", source).with("PIN", pin).code(
            "{
                use P::{Drive as _, GivenFallback as _};
                let __value = match (MADE) {
                    A => {
                        PIN
                        let mut D = P::Solo::new(A, PARENT);
                        let __value = LABEL loop {
                            match P::Solo::next(&mut D).await {
                                ::core::option::Option::Some(__item) => { let PATTERN = __item; HANDLER }
                                LINT ::core::option::Option::None => break DONE,
                            }
                        };
                        __value
                    }
                };
                __value
            }",
        ))
    }
}
