//! Counting, and waiting for a count, from tasks and from threads.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::release::{self, Held};

/// A count that only grows, and that tasks and threads can wait for. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    grown: Condvar,
    _held: Held,
}

#[derive(Debug, Default)]
struct State {
    count: usize,
    waiting: Vec<Waker>,
}

impl Tally {
    /// A count of zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one and returns the new count.
    pub fn add(&self) -> usize {
        let (count, waiting) = {
            let mut state = self.lock();
            state.count += 1;
            (state.count, std::mem::take(&mut state.waiting))
        };
        self.shared.grown.notify_all();
        waiting.into_iter().for_each(Waker::wake);
        count
    }

    /// The count.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().count
    }

    /// Waits until the count is at least `count`.
    pub fn reached(&self, count: usize) -> Reached {
        Reached {
            tally: self.clone(),
            count,
        }
    }

    /// Blocks this thread until the count is at least `count`.
    pub fn reached_blocking(&self, count: usize) {
        release::listen(&self.shared);
        let state = self.lock();
        let done = self.shared.grown.wait_while(state, |state| {
            state.count < count && !release::is_released()
        });
        drop(done.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has everybody look again who waits.
    pub(super) fn call(&self) {
        let waiting = std::mem::take(&mut self.lock().waiting);
        self.grown.notify_all();
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// The future of [`Tally::reached`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Reached {
    tally: Tally,
    count: usize,
}

impl Future for Reached {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        release::listen(&self.tally.shared);
        let mut state = self.tally.lock();
        if state.count >= self.count || release::is_released() {
            return Poll::Ready(());
        }
        if !state
            .waiting
            .iter()
            .any(|waker| waker.will_wake(cx.waker()))
        {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Opens once and stays open.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    opened: Tally,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody through, now and later.
    pub fn open(&self) {
        self.opened.add();
    }

    /// Whether it was opened.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.opened.count() > 0
    }

    /// Waits until it is open.
    pub fn wait(&self) -> Reached {
        self.opened.reached(1)
    }

    /// Blocks this thread until it is open.
    pub fn wait_blocking(&self) {
        self.opened.reached_blocking(1);
    }
}

/// Puts concurrent code into one order: each turn begins when the one before it was dropped.
#[derive(Clone, Debug, Default)]
pub struct Sequencer {
    ended: Tally,
}

impl Sequencer {
    /// The turns start at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits for turn `number`, which lasts until the value is dropped.
    pub async fn turn(&self, number: usize) -> Turn {
        self.ended.reached(number).await;
        Turn {
            ended: self.ended.clone(),
        }
    }
}

/// A turn of a [`Sequencer`].
#[derive(Debug)]
#[must_use = "the next turn begins when this one is dropped"]
pub struct Turn {
    ended: Tally,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.ended.add();
    }
}

/// Calls its function when it is dropped.
pub struct OnDrop<F: FnOnce()> {
    call: Option<F>,
}

impl<F: FnOnce()> OnDrop<F> {
    /// Will call `call`.
    pub fn new(call: F) -> Self {
        Self { call: Some(call) }
    }

    /// Will not call it after all.
    pub fn disarm(mut self) {
        self.call = None;
    }
}

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            call();
        }
    }
}

impl<F: FnOnce()> core::fmt::Debug for OnDrop<F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OnDrop").finish_non_exhaustive()
    }
}

/// A waker that counts how often it was woken, and how often it is held.
#[derive(Clone, Debug, Default)]
pub struct CountingWaker {
    wakes: Arc<Wakes>,
}

#[derive(Debug, Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl CountingWaker {
    /// Never woken, never handed out.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A waker for a [`Context`].
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.wakes))
    }

    /// How often any of the wakers was woken.
    #[must_use]
    pub fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::SeqCst)
    }

    /// How many wakers are alive.
    #[must_use]
    pub fn held(&self) -> usize {
        Arc::strong_count(&self.wakes) - 1
    }
}
