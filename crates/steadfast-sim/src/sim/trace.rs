//! What a simulator did, step by step.

use std::fmt;
use std::time::Duration;

/// A task of the simulator: its number, in the order of spawning. Number 0 is the future that `block_on` was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub(super) u64);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("main"),
            number => write!(f, "#{number}"),
        }
    }
}

/// Everything that a simulator did, in order. Two runs are the same if their traces are equal.
///
/// Kept only if [`Builder::traced`](super::Builder::traced) asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    pub(super) events: Vec<Event>,
}

impl Trace {
    /// How many events there were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing happened, or nothing was kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// One line for each event.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.events
            .iter()
            .try_for_each(|event| writeln!(f, "{event}"))
    }
}

/// `by` is the task in whose poll it happened; nothing if that was outside of every poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Spawned { task: TaskId, by: Option<TaskId> },
    Woken { task: TaskId, by: Option<TaskId> },
    Polled { task: TaskId, worker: usize },
    Ended { task: TaskId },
    Killed { task: TaskId },
    Jumped { to: Duration },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = |by: &Option<TaskId>| by.map_or(String::new(), |by| format!(" by {by}"));
        match self {
            Self::Spawned { task, by: who } => write!(f, "spawn {task}{}", by(who)),
            Self::Woken { task, by: who } => write!(f, "wake {task}{}", by(who)),
            Self::Polled { task, worker: 0 } => write!(f, "poll {task}"),
            Self::Polled { task, worker } => write!(f, "poll {task} on worker {worker}"),
            Self::Ended { task } => write!(f, "end {task}"),
            Self::Killed { task } => write!(f, "kill {task}"),
            Self::Jumped { to } => write!(f, "clock {to:?}"),
        }
    }
}
