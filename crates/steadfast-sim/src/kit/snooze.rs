//! Finds futures that were woken and that nobody polls.
//!
//! # How
//!
//! A [`Watch`] hands its future a waker that raises a flag. A root notes which of its watches are woken, polls its future, and
//! looks again when that is pending: a watch that was woken before and was neither polled nor dropped has been left lying.
//! No time is measured, so that a snooze is found when it begins, long before anything is late.
//!
//! A root that was woken during its own poll is given that next poll first: a combinator which defers work for the sake of
//! fairness (`FuturesUnordered`, a runtime's budget) wakes itself.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};

use pin_project_lite::pin_project;

use super::verdict::Verdict;
use super::{Faults, OnDrop};

/// Watches `future` for snoozes, under `name`. Its root is the nearest [`no_snooze`] around the poll; without one, nothing is
/// checked.
///
/// A task has a root of its own: give the child of a nursery a [`no_snooze`] inside, or spawn through [`Checked`](super::Checked).
///
/// # Cancel safety
///
/// As `future`.
#[track_caller]
pub fn watch<F: Future>(name: impl Into<String>, future: F) -> Watch<F> {
    let place = Location::caller();
    Watch {
        future,
        state: Registered(Arc::new(State {
            name: format!("`{}` ({place})", name.into()),
            woken: AtomicBool::new(false),
            polls: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            told: AtomicBool::new(false),
        })),
        root: Weak::new(),
        wakers: None,
    }
}

/// Runs `root` to its end, and fails if a [`watch`]ed future inside it snoozes: it was woken, and neither polled nor dropped
/// when `root` went back to its runtime without having woken itself.
///
/// That is what happens to a future that is selected by reference while a handler awaits, and to the jobs of a
/// `buffer_unordered` while the loop body does: they hold locks, connections and places in queues, and make no progress.
/// Poll them meanwhile (`join!`, a child of a scope), spawn them, or pass them by value, so that the loser is dropped.
///
/// Works on any runtime. Exact where the wakes are: on several threads a wake may come during the poll, and then counts from
/// the next one.
///
/// # Panics
///
/// In the poll in which the snooze begins, with the names. [`report_to`](NoSnooze::report_to) writes them down instead.
///
/// # Cancel safety
///
/// As `root`.
///
/// # Examples
///
/// ```should_panic
/// use steadfast_sim::kit::{Gate, no_snooze, poll_once, watch};
///
/// let (go, never) = (Gate::new(), Gate::new());
/// let mut root = std::pin::pin!(no_snooze(async {
///     let mut job = std::pin::pin!(watch("job", go.wait()));
///     assert!(poll_once(job.as_mut()).await.is_pending());
///     // The job is begun, and nobody polls it while this waits.
///     never.wait().await;
///     job.await;
/// }));
/// let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// assert!(root.as_mut().poll(&mut context).is_pending());
/// go.open();
/// let _ = root.as_mut().poll(&mut context); // Panics: `job` was woken, but neither polled nor dropped.
/// ```
pub fn no_snooze<F: Future>(root: F) -> NoSnooze<F> {
    NoSnooze {
        future: root,
        root: Arc::default(),
        verdict: Verdict::Panic,
    }
}

pin_project! {
    /// The future of [`watch`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Watch<F> {
        #[pin]
        future: F,
        state: Registered,
        root: Weak<Root>,
        wakers: Option<(Waker, Waker)>,
    }
}

/// Marks the watch as over when it is dropped, after its future.
struct Registered(Arc<State>);

impl Drop for Registered {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
    }
}

struct State {
    name: String,
    woken: AtomicBool,
    polls: AtomicUsize,
    over: AtomicBool,
    told: AtomicBool,
}

impl<F: Future> Future for Watch<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let state = &this.state.0;
        join_root(this.root, state);
        let known = this.wakers.as_ref();
        let ours = match known.filter(|(theirs, _)| theirs.will_wake(cx.waker())) {
            Some((_, ours)) => ours.clone(),
            None => {
                let alarm = Alarm {
                    state: Arc::clone(state),
                    theirs: cx.waker().clone(),
                };
                let ours = Waker::from(Arc::new(alarm));
                *this.wakers = Some((cx.waker().clone(), ours.clone()));
                ours
            }
        };
        state.woken.store(false, Ordering::SeqCst);
        state.polls.fetch_add(1, Ordering::SeqCst);
        let polled = this.future.poll(&mut Context::from_waker(&ours));
        state.over.fetch_or(polled.is_ready(), Ordering::SeqCst);
        polled
    }
}

impl<F> fmt::Debug for Watch<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.state.0.name).finish()
    }
}

/// The waker of a watch.
struct Alarm {
    state: Arc<State>,
    theirs: Waker,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        // First the flag: the root must find it in the poll that this wake brings about.
        self.state.woken.store(true, Ordering::SeqCst);
        self.theirs.wake_by_ref();
    }
}

pin_project! {
    /// The future of [`no_snooze`].
    #[must_use = "futures do nothing unless polled"]
    pub struct NoSnooze<F> {
        #[pin]
        future: F,
        root: Arc<Root>,
        verdict: Verdict,
    }
}

impl<F> NoSnooze<F> {
    /// Writes snoozes down in `faults`, once for each watch, and lets the future go on.
    pub fn report_to(mut self, faults: &Faults) -> Self {
        self.verdict = Verdict::Report(faults.clone());
        self
    }

    /// The future inside.
    pub(super) fn into_inner(self) -> F {
        self.future
    }
}

#[derive(Default)]
struct Root {
    watches: Mutex<Vec<Weak<State>>>,
}

thread_local! {
    static ROOT: RefCell<Option<Arc<Root>>> = const { RefCell::new(None) };
}

/// Makes the watch one of the current root's. It may have come from another.
fn join_root(known: &mut Weak<Root>, state: &Arc<State>) {
    let current = ROOT.with_borrow(|root| root.as_ref().map(Arc::downgrade).unwrap_or_default());
    if known.ptr_eq(&current) {
        return;
    }
    if let Some(old) = known.upgrade() {
        old.with(|watches| watches.retain(|watch| !std::ptr::eq(watch.as_ptr(), &**state)));
    }
    if let Some(new) = current.upgrade() {
        new.with(|watches| watches.push(Arc::downgrade(state)));
    }
    *known = current;
}

impl Root {
    fn with<R>(&self, f: impl FnOnce(&mut Vec<Weak<State>>) -> R) -> R {
        f(&mut self.watches.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Watches that are woken, each with the polls that it has had.
    fn woken(&self) -> Vec<(Weak<State>, usize)> {
        self.with(|watches| {
            watches.retain(|watch| watch.strong_count() > 0);
            let live = watches.iter().filter_map(Weak::upgrade);
            live.filter(|state| state.woken.load(Ordering::SeqCst))
                .map(|state| (Arc::downgrade(&state), state.polls.load(Ordering::SeqCst)))
                .collect()
        })
    }
}

impl<F: Future> Future for NoSnooze<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let woken = this.root.woken();
        let note = Arc::new(Note {
            woken: AtomicBool::new(false),
            theirs: cx.waker().clone(),
        });
        let polled = {
            let outer = ROOT.replace(Some(Arc::clone(this.root)));
            let _restore = OnDrop::new(move || drop(ROOT.replace(outer)));
            let waker = Waker::from(Arc::clone(&note));
            this.future.poll(&mut Context::from_waker(&waker))
        };
        if polled.is_pending() && !note.woken.load(Ordering::SeqCst) {
            let snoozing: Vec<_> = woken.iter().filter_map(still_lies).collect();
            if !snoozing.is_empty() {
                this.verdict.fail(format!(
                    "snoozed: {} woken, but neither polled nor dropped when the root went back to its runtime; poll such a \
                     future while others await (`join!`, a scope), spawn it, or pass it by value so that it is dropped",
                    snoozing.join(", ") + if snoozing.len() == 1 { " was" } else { " were" },
                ));
            }
        }
        polled
    }
}

/// The name of a watch that has not moved since it was noted.
fn still_lies((watch, polls): &(Weak<State>, usize)) -> Option<String> {
    let state = watch.upgrade()?;
    let moved = state.over.load(Ordering::SeqCst) || state.polls.load(Ordering::SeqCst) != *polls;
    (!moved && !state.told.swap(true, Ordering::SeqCst)).then(|| state.name.clone())
}

/// The waker of a root's poll.
struct Note {
    woken: AtomicBool,
    theirs: Waker,
}

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.theirs.wake_by_ref();
    }
}

impl<F> fmt::Debug for NoSnooze<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoSnooze").finish_non_exhaustive()
    }
}
