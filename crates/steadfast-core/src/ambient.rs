//! The runtime that code uses when it names none: that of the task it runs in.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::runtime::BoxSleep;
use crate::scope::Nowhere;
use crate::sync::{Mutex, lock, shared};
use crate::{AnyRuntime, CancelSafe, Timer, context};

/// Finds a runtime for code that runs outside of any steadfast task; `None` if there is none on this thread.
pub type Finder = fn() -> Option<AnyRuntime>;

shared! {
    static FINDERS: Mutex<Vec<Finder>> = Mutex::new(Vec::new());
}

/// Registers a way to find the current runtime outside of steadfast tasks. Doing it twice changes nothing.
///
/// The facade calls this for backends whose runtime can be asked for on any thread that it runs, such as tokio.
pub fn register_finder(finder: Finder) {
    let mut finders = lock(&FINDERS);
    if !finders
        .iter()
        .any(|known| std::ptr::fn_addr_eq(*known, finder))
    {
        finders.push(finder);
    }
}

/// What [`NoRuntime`] adds to its text.
static ADVICE: OnceLock<fn() -> String> = OnceLock::new();

/// Lets the crate in front of this one add to the text of [`NoRuntime`]: which of its features are enabled, and what to do.
/// The first registration stands.
pub fn register_advice(advice: fn() -> String) {
    _ = ADVICE.set(advice);
}

/// The runtime of the current task; outside of steadfast tasks, one that a registered finder sees.
///
/// # Errors
///
/// [`NoRuntime`] if there is none.
pub fn current_runtime() -> Result<AnyRuntime, NoRuntime> {
    if let Some(runtime) = context::runtime() {
        return match runtime.downcast_ref::<Nowhere>() {
            Some(nowhere) => Err(nowhere.error()),
            None => Ok(runtime),
        };
    }
    let finders = lock(&FINDERS).clone();
    finders
        .into_iter()
        .find_map(|find| find())
        .ok_or(NoRuntime(()))
}

/// The ambient runtime, for a caller that has no way to return an error.
pub(crate) fn expect() -> AnyRuntime {
    match current_runtime() {
        Ok(runtime) => runtime,
        Err(error) => panic!("{error}"),
    }
}

/// The ambient clock; without a runtime, the system's.
pub(crate) fn now() -> Instant {
    current_runtime().map_or_else(|_| Instant::now(), |runtime| runtime.now())
}

/// There is no runtime here that could be used without being named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRuntime(());

impl fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "steadfast: no runtime here: this code does not run in a steadfast task; start the program with \
             `#[steadfast::main]` or `steadfast::block_on`, or name a runtime with `Nursery::builder().runtime(&rt)`",
        )?;
        match ADVICE.get() {
            Some(advice) => write!(f, "; {}", advice()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NoRuntime {}

/// Waits for `duration` on the ambient runtime's clock, from the first poll on. Never early.
///
/// Not a cancel point: write `sleep(d).or_cancelled().await?` for one.
///
/// # Panics
///
/// At the first poll, if there is no runtime; the text names the fix.
///
/// # Cancel safety
///
/// May be dropped at any time.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep {
        until: Until::For(duration),
    }
}

/// Waits until `at` on the ambient runtime's clock. As [`sleep`].
///
/// # Panics
///
/// At the first poll, if there is no runtime; the text names the fix.
pub fn sleep_until(at: Instant) -> Sleep {
    Sleep {
        until: Until::At(at),
    }
}

/// The future of [`sleep`] and [`sleep_until`].
#[must_use = "futures do nothing unless polled"]
pub struct Sleep {
    until: Until,
}

enum Until {
    For(Duration),
    At(Instant),
    Running(BoxSleep),
    /// It lay in the past; a turn was given.
    Passed,
    /// The clock does not reach so far.
    Never,
}

impl CancelSafe for Sleep {}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.until {
            Until::For(duration) => {
                let runtime = expect();
                let at = runtime.now().checked_add(duration);
                self.begin(&runtime, at, cx)
            }
            Until::At(at) => self.begin(&expect(), Some(at), cx),
            Until::Running(ref mut sleep) => sleep.as_mut().poll(cx),
            Until::Passed => Poll::Ready(()),
            Until::Never => Poll::Pending,
        }
    }
}

impl Sleep {
    /// Sets the timer. What has passed already takes one turn all the same: a loop around a sleep of zero must let others
    /// run, on every runtime.
    fn begin(
        &mut self,
        runtime: &AnyRuntime,
        at: Option<Instant>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let Some(at) = at else {
            self.until = Until::Never;
            return Poll::Pending;
        };
        if at <= runtime.now() {
            self.until = Until::Passed;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut sleep = runtime.sleep_until(at);
        let polled = sleep.as_mut().poll(cx);
        self.until = Until::Running(sleep);
        polled
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").finish_non_exhaustive()
    }
}
