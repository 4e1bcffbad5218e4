//! What becomes of the tasks that run when their runtime is dropped.

use std::time::Duration;

/// The environment variable that decides where the program does not.
const VARIABLE: &str = "STEADFAST_AT_END";

/// What becomes of the tasks that still run when their [`Runtime`](crate::runtime::Runtime) is dropped, as at the end of `main`.
///
/// Set by [`Builder::at_end`](crate::runtime::Builder::at_end) or, where the source is not to change, by the environment variable
/// `STEADFAST_AT_END`, which is read when the runtime is built: `report`, `wait`, `cancel`, or `cancel=` and a grace in
/// milliseconds.
///
/// Nobody is waited for while a panic unwinds, inside of another runtime, or where the program itself called
/// `shutdown_background` or `shutdown_timeout`: then it is as with [`Report`](Self::Report).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AtEnd {
    /// They are named in a [`StillRunning`](steadfast_core::Report::StillRunning), with the lines that spawned them, and go as
    /// tokio lets them go: dropped at their next await, wherever that is.
    #[default]
    Report,
    /// They are waited for, as long as it takes.
    Wait,
    /// They are asked to end, and waited for. Whoever has not obeyed when the grace is over is aborted at its next await, and
    /// cleaned up. Blocking work is never aborted.
    Cancel {
        /// How long they may take to obey.
        grace: Duration,
    },
}

impl AtEnd {
    /// [`Cancel`](Self::Cancel) with the grace that the variable gives where it names none.
    const CANCEL: Self = Self::Cancel {
        grace: Duration::from_secs(5),
    };

    /// What the environment says. A value that means nothing is told, and changes nothing.
    pub(crate) fn of_environment() -> Self {
        let Some(value) = std::env::var_os(VARIABLE) else {
            return Self::default();
        };
        let known = value.to_str().and_then(Self::parse);
        known.unwrap_or_else(|| {
            eprintln!(
                "steadfast: {VARIABLE} is {value:?}, and must be `report`, `wait`, `cancel` or `cancel=MILLISECONDS`"
            );
            Self::default()
        })
    }

    fn parse(value: &str) -> Option<Self> {
        match value {
            "report" => Some(Self::Report),
            "wait" => Some(Self::Wait),
            "cancel" => Some(Self::CANCEL),
            _ => {
                let grace = value.strip_prefix("cancel=")?.parse().ok()?;
                Some(Self::Cancel {
                    grace: Duration::from_millis(grace),
                })
            }
        }
    }

    pub(crate) const fn grace(self) -> Option<Duration> {
        match self {
            Self::Cancel { grace } => Some(grace),
            Self::Report | Self::Wait => None,
        }
    }
}
