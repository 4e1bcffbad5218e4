//! Timers: one ordered map, watched by one thread.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::mutants::Fault;

/// The timers of a pool. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Timers {
    fault: Option<Fault>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Notified when a timer was added and when the pool closes.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: BTreeMap<Key, Waker>,
    made: u64,
    closed: bool,
}

/// The number keeps timers of one instant apart.
type Key = (Instant, u64);

impl Timers {
    pub(super) fn new(fault: Option<Fault>) -> Self {
        Self {
            fault,
            shared: Arc::default(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        if self.fault != Some(Fault::TurnsBackClock) {
            return Instant::now();
        }
        let mut state = self.lock();
        state.made += 1;
        Instant::now() - Duration::from_millis(state.made)
    }

    pub(super) fn sleep_until(&self, at: Instant) -> Sleep {
        let mut state = self.lock();
        state.made += u64::from(self.fault != Some(Fault::MixesUpTimers));
        let missed = self.fault == Some(Fault::MissesPast) && at <= Instant::now();
        let key = (if missed { at + LONG } else { at }, state.made);
        drop(state);
        Sleep {
            key,
            timers: self.clone(),
        }
    }

    /// Ends [`watch`](Self::watch). Nobody is woken any more.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.shared.changed.notify_all();
    }

    /// Wakes whom it is time to wake, until the pool closes.
    pub(super) fn watch(&self) {
        let mut state = self.lock();
        while !state.closed {
            let now = Instant::now();
            let later = state.waiting.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut state.waiting, later);
            if due.is_empty() {
                let next = state.waiting.keys().next();
                let wait = next.map_or(LONG, |(at, _)| at.saturating_duration_since(now).min(LONG));
                let woken = self.shared.changed.wait_timeout(state, wait);
                state = woken.unwrap_or_else(PoisonError::into_inner).0;
            } else {
                drop(state);
                due.into_values().for_each(Waker::wake);
                state = self.lock();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for an instant. Dropping it frees the timer.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep {
    key: Key,
    timers: Timers,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let early = self.timers.fault == Some(Fault::FiresEarly);
        if early || Instant::now() >= self.key.0 {
            return Poll::Ready(());
        }
        let mut state = self.timers.lock();
        let first = state.waiting.keys().next();
        match self.timers.fault {
            Some(Fault::SleepsThroughTimers) if first.is_some_and(|first| self.key < *first) => {
                return Poll::Pending;
            }
            Some(Fault::WakesFirstPoller) if state.waiting.contains_key(&self.key) => {
                return Poll::Pending;
            }
            _ => {}
        }
        let stale = state.waiting.insert(self.key, cx.waker().clone());
        drop(state);
        self.timers.shared.changed.notify_all();
        // Outside of the lock, as all wakers are: it may own anything.
        drop(stale);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if self.timers.fault != Some(Fault::KeepsDroppedTimers) {
            // Bound to a name, so that the waker is dropped outside of the lock.
            let waker = self.timers.lock().waiting.remove(&self.key);
            drop(waker);
        }
    }
}

/// How long the thread sleeps when there is nothing to wait for.
const LONG: Duration = Duration::from_secs(60 * 60);
