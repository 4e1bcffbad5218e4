//! Waiting: for an instant, and for quiet.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use super::state::Shared;

/// Waits for an instant of the virtual clock. Made by [`SimHandle`](super::SimHandle).
///
/// # Cancel safety
///
/// May be dropped at any time; that frees the timer.
#[must_use = "futures do nothing unless polled"]
pub struct Sleep {
    shared: Arc<Shared>,
    key: (Instant, u64),
}

impl Sleep {
    pub(super) fn new(shared: Arc<Shared>, at: Instant) -> Self {
        let number = shared.lock().number();
        Self {
            shared,
            key: (at, number),
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut state = self.shared.lock();
        let due = state.now() >= self.key.0;
        let stale = if due {
            state.timers.remove(&self.key)
        } else {
            state.timers.insert(self.key, waker)
        };
        // Wakers are dropped outside of the lock.
        drop(state);
        drop(stale);
        if due { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let waker = self.shared.lock().timers.remove(&self.key);
        drop(waker);
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").finish_non_exhaustive()
    }
}

/// Waits until every other task waits for something. Of several that wait for it, the first goes on first, and the next one when all is
/// quiet again. Made by [`SimHandle::idle`](super::SimHandle::idle).
///
/// # Cancel safety
///
/// May be dropped at any time.
#[must_use = "futures do nothing unless polled"]
pub struct Idle {
    shared: Arc<Shared>,
    number: u64,
    waits: bool,
}

impl Idle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let number = shared.lock().number();
        Self {
            shared,
            number,
            waits: false,
        }
    }
}

impl Future for Idle {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut state = self.shared.lock();
        // Taken out of the list is what tells it from a poll that nobody asked for.
        let due = self.waits && !state.idlers.contains_key(&self.number);
        let stale = match due {
            true => Some(waker),
            false => state.idlers.insert(self.number, waker),
        };
        drop(state);
        drop(stale);
        self.waits = true;
        if due { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        let waker = self.shared.lock().idlers.remove(&self.number);
        drop(waker);
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idle").finish_non_exhaustive()
    }
}
