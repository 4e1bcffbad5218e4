//! What went wrong where nobody could be told: lost clean-ups, slow exits, failures that a panic outranked.
//!
//! A report goes to the hook that [`set_report_hook`] installed. Without a hook it is a `tracing` event (feature `tracing`)
//! if a subscriber is set, and a line on standard error otherwise: a program that loses a clean-up must be able to see it
//! before anybody has configured anything.

use std::fmt;
use std::sync::Arc;

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, lock, shared};
use crate::tree::Excerpt;
use crate::{Origin, Tree, unwind, witness};

/// Something that could not be told to anybody as a value.
///
/// Printed with `{}` it is one line, or a few; of a tree it shows the first 100 lines, and how many more there are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Report {
    /// An async clean-up did not run, or not to its end; only the synchronous destructor did. Counted by [`lost`].
    LostCleanup {
        /// The type of the value.
        type_name: &'static str,
        /// Where the value was put under guard.
        birthplace: Origin,
        /// Why its clean-up could not run.
        why: &'static str,
    },
    /// Work was dropped before it had finished. Counted by [`lost`].
    LostWork {
        /// Where it was started.
        origin: Origin,
        /// How it came to that.
        why: &'static str,
    },
    /// A clean-up panicked or ran over its budget where no nursery could return that as a failure.
    FailedCleanup {
        /// The type of the value.
        type_name: &'static str,
        /// Where the value was put under guard.
        birthplace: Origin,
        /// What happened.
        what: String,
    },
    /// A failure that a nursery could not return, because a panic outranked it, because a request came first and the body
    /// succeeded, or because nobody took it from its handle. Or a panic in a [`closing`](crate::closing) or a
    /// [`join!`](crate::join) that was dropped before the call could pass it on, or that came after another one; or an error in a
    /// [`try_join!`](crate::try_join) before a panic.
    Unreturned {
        /// The child that failed, or the call of `closing` or of `join!`.
        child: Origin,
        /// What happened, and why it is told here.
        what: String,
    },
    /// The exit of a nursery has waited longer than its `slow_exit`.
    SlowExit {
        /// The nursery.
        nursery: Origin,
        /// The tree below it.
        tree: Tree,
    },
    /// A nursery was dropped with live children, and there is no enclosing nursery that could adopt them.
    NotAdopted {
        /// The nursery.
        nursery: Origin,
        /// How many children go on without an owner.
        children: usize,
    },
    /// A program ended, and with it its root, while this still ran. It goes down with its runtime.
    StillRunning {
        /// The root.
        root: Origin,
        /// The tree below it.
        tree: Tree,
    },
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LostCleanup {
                type_name,
                birthplace,
                why,
            } => {
                write!(
                    f,
                    "lost the async clean-up of a `{type_name}` guarded at {birthplace}: {why}"
                )
            }
            Self::LostWork { origin, why } => write!(f, "lost the work started at {origin}: {why}"),
            Self::FailedCleanup {
                type_name,
                birthplace,
                what,
            } => {
                write!(
                    f,
                    "the async clean-up of a `{type_name}` guarded at {birthplace} {what}"
                )
            }
            Self::Unreturned { child, what } => write!(f, "the child {child} {what}"),
            Self::SlowExit { nursery, tree } => {
                write!(
                    f,
                    "the exit of the nursery {nursery} is still waiting for:\n{}",
                    Excerpt(tree)
                )
            }
            Self::NotAdopted { nursery, children } => write!(
                f,
                "the nursery {nursery} was dropped with {children} live children and no enclosing nursery to adopt them; \
                 run the program under `#[steadfast::main]` or `steadfast::block_on`, or await the nursery inside another one"
            ),
            Self::StillRunning { root, tree } => {
                write!(
                    f,
                    "the program {root} ended while this still ran:\n{}",
                    Excerpt(tree)
                )
            }
        }
    }
}

type Hook = Arc<dyn Fn(&Report) + Send + Sync>;

shared! {
    static HOOK: Mutex<Option<Hook>> = Mutex::new(None);
}
shared! {
    static LOST: AtomicU64 = AtomicU64::new(0);
}

/// Sends reports to `hook` instead of to `tracing` or standard error.
///
/// One hook at a time: the last one set counts. A hook may be called on any thread, also while a task is dropped. It must
/// not block.
///
/// # Panics
///
/// If the hook panics, the panic is caught, and the hook is removed.
pub fn set_report_hook(hook: impl Fn(&Report) + Send + Sync + 'static) {
    let before = lock(&HOOK).replace(Arc::new(hook));
    drop(before);
}

/// Removes the hook that [`set_report_hook`] installed.
pub fn take_report_hook() {
    let before = lock(&HOOK).take();
    drop(before);
}

/// How many clean-ups and pieces of work this process has lost so far.
///
/// A program whose every task has an owner, and whose guards are dropped inside tasks, reads 0 here at its end.
pub fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}

pub(crate) fn send(report: &Report) {
    if matches!(report, Report::LostCleanup { .. } | Report::LostWork { .. }) {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
    if let Some(listener) = witness::listener() {
        return listener(report);
    }
    let hook = lock(&HOOK).clone();
    match hook {
        Some(hook) => {
            if let Err(payload) = unwind::catch(|| hook(report)) {
                take_report_hook();
                eprintln!(
                    "steadfast: the report hook panicked and was removed: {}",
                    unwind::message(&*payload)
                );
                unwind::forget_payload(payload);
            }
        }
        None => send_by_default(report),
    }
}

fn send_by_default(report: &Report) {
    #[cfg(feature = "tracing")]
    if tracing::dispatcher::has_been_set() {
        match report {
            Report::SlowExit { .. }
            | Report::NotAdopted { .. }
            | Report::StillRunning { .. }
            | Report::Unreturned { .. } => {
                tracing::warn!(target: "steadfast", "{report}");
            }
            _ => tracing::error!(target: "steadfast", "{report}"),
        }
        return;
    }
    eprintln!("steadfast: {report}");
}
