//! The ten classes of hazards: what each is called, why it is one, and what to write instead.

mod abort_no_join;
mod buffered_starvation;
mod detached_spawn;
mod dropped_handle;
mod lock_across_await;
mod poll_cancel;
mod select_loop_cancel;
mod select_precondition_eager;
mod spawn_in_drop;
mod timer_reset_in_loop;

use crate::{
    facts::Facts,
    infer::Context,
    ir::Span,
    walk::{Place, walk},
};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    DetachedSpawn,
    DroppedHandle,
    SpawnInDrop,
    SelectLoopCancel,
    PollCancel,
    TimerResetInLoop,
    SelectPreconditionEager,
    BufferedStarvation,
    LockAcrossAwait,
    AbortNoJoin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Note,
    Warning,
    Error,
}

/// Something that was found.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) class: Class,
    pub(crate) severity: Severity,
    pub(crate) file: usize,
    pub(crate) span: Span,
    /// What is wrong here.
    pub(crate) message: String,
    /// Other places that belong to it.
    pub(crate) labels: Vec<(Span, String)>,
    /// What to write instead.
    pub(crate) instead: String,
    /// The function around.
    pub(crate) function: String,
    /// The statement around, which an allow comment stands above.
    pub(crate) stmt: Span,
    pub(crate) is_test: bool,
}

impl Class {
    pub(crate) const ALL: [Self; 10] = [
        Self::DetachedSpawn,
        Self::DroppedHandle,
        Self::SpawnInDrop,
        Self::SelectLoopCancel,
        Self::PollCancel,
        Self::TimerResetInLoop,
        Self::SelectPreconditionEager,
        Self::BufferedStarvation,
        Self::LockAcrossAwait,
        Self::AbortNoJoin,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DetachedSpawn => "detached-spawn",
            Self::DroppedHandle => "dropped-handle",
            Self::SpawnInDrop => "spawn-in-drop",
            Self::SelectLoopCancel => "select-loop-cancel",
            Self::PollCancel => "poll-cancel",
            Self::TimerResetInLoop => "timer-reset-in-loop",
            Self::SelectPreconditionEager => "select-precondition-eager",
            Self::BufferedStarvation => "buffered-starvation",
            Self::LockAcrossAwait => "lock-across-await",
            Self::AbortNoJoin => "abort-no-join",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    pub(crate) fn severity(self) -> Severity {
        match self {
            Self::SelectLoopCancel | Self::PollCancel | Self::SelectPreconditionEager => {
                Severity::Error
            }
            Self::AbortNoJoin => Severity::Note,
            _ => Severity::Warning,
        }
    }

    /// One line for lists.
    pub(crate) fn summary(self) -> &'static str {
        match self {
            Self::DetachedSpawn => "a task is started and nothing that waits knows of it",
            Self::DroppedHandle => {
                "the handle of a task is kept, then dropped without await or abort on some path"
            }
            Self::SpawnInDrop => "a destructor starts a task",
            Self::SelectLoopCancel => {
                "a losing branch of `select!` loses work or data that outlives it"
            }
            Self::PollCancel => {
                "`timeout` or `now_or_never` drops a future that is not cancel safe"
            }
            Self::TimerResetInLoop => {
                "a relative timer that is meant as a deadline is made anew in each turn"
            }
            Self::SelectPreconditionEager => {
                "a branch of `select!` is evaluated although its `if` is false"
            }
            Self::BufferedStarvation => {
                "buffered futures are not polled while their consumer awaits"
            }
            Self::LockAcrossAwait => {
                "a lock is held across an await that may take arbitrarily long"
            }
            Self::AbortNoJoin => "`abort()` is taken for a finished stop",
        }
    }

    pub(crate) fn explanation(self) -> &'static str {
        match self {
            Self::DetachedSpawn => detached_spawn::EXPLANATION,
            Self::DroppedHandle => dropped_handle::EXPLANATION,
            Self::SpawnInDrop => spawn_in_drop::EXPLANATION,
            Self::SelectLoopCancel => select_loop_cancel::EXPLANATION,
            Self::PollCancel => poll_cancel::EXPLANATION,
            Self::TimerResetInLoop => timer_reset_in_loop::EXPLANATION,
            Self::SelectPreconditionEager => select_precondition_eager::EXPLANATION,
            Self::BufferedStarvation => buffered_starvation::EXPLANATION,
            Self::LockAcrossAwait => lock_across_await::EXPLANATION,
            Self::AbortNoJoin => abort_no_join::EXPLANATION,
        }
    }
}

impl Severity {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Note, Self::Warning, Self::Error]
            .into_iter()
            .find(|severity| severity.name() == name)
    }

    /// Of the same finding in test code.
    fn in_tests(self) -> Self {
        match self {
            Self::Error => Self::Warning,
            Self::Warning | Self::Note => Self::Note,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Finding {
    pub(crate) fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        if span.line != 0 {
            self.labels.push((span, text.into()));
        }
        self
    }
}

impl Place<'_, '_> {
    pub(crate) fn finding(
        &self,
        class: Class,
        span: Span,
        message: String,
        instead: &str,
    ) -> Finding {
        let entry = self.cx.entry;
        let name = &entry.function.name;
        let owner = entry
            .owner
            .as_deref()
            .and_then(|owner| owner.rsplit("::").next());
        let severity = class.severity();
        Finding {
            class,
            severity: if entry.is_test {
                severity.in_tests()
            } else {
                severity
            },
            file: entry.file,
            span,
            message,
            labels: Vec::new(),
            instead: instead.to_owned(),
            function: owner.map_or_else(|| name.clone(), |owner| format!("{owner}::{name}")),
            stmt: self.stmt().unwrap_or(span),
            is_test: entry.is_test,
        }
    }
}

/// Every hazard of one function.
pub(crate) fn check(cx: Context<'_>, facts: &Facts) -> Vec<Finding> {
    let mut out = Vec::new();
    walk(cx, &mut |e, place| {
        detached_spawn::check(e, place, &mut out);
        dropped_handle::check(e, place, &mut out);
        spawn_in_drop::check(e, place, facts, &mut out);
        select_loop_cancel::check(e, place, facts, &mut out);
        poll_cancel::check(e, place, facts, &mut out);
        timer_reset_in_loop::check(e, place, &mut out);
        select_precondition_eager::check(e, place, &mut out);
        buffered_starvation::check(e, place, &mut out);
        lock_across_await::check(e, place, facts, &mut out);
        abort_no_join::check(e, place, &mut out);
    });
    out
}
