//! The way through the thread that polls the flow, which costs neither an allocation nor an atomic access for an item.
//!
//! Whoever polls a flow puts a frame on its stack and notes its address in a thread-local. The emitter finds it there by the number that it
//! shares with its taker.
//!
//! Invariants:
//!
//! 1. `CURRENT` is null, or the address of a live frame, which lies on the stack of this thread. A frame is entered when `poll` begins,
//!    and left for the one before when `poll` ends, also by a panic.
//! 2. Each number is given to one pair of sides in the life of the process, and the two have the same `T`. So a frame with the number of
//!    an emitter has room for what that emitter emits.

use std::cell::Cell;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use super::passage::{Emitting, Passage, Taker, outside};

thread_local! {
    static CURRENT: Cell<*const Head> = const { Cell::new(ptr::null()) };
    /// The next number of this thread, and the first one that is not its own.
    static NUMBERS: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// A side of the way: its number. Invariant in `T`, since it stands for a place that both sides enter.
pub struct ByThread<T> {
    number: u64,
    _place: PhantomData<fn(T) -> T>,
}

/// The two sides of a new way.
pub(super) fn sides<T>() -> (Emitting<ByThread<T>>, Taker<ByThread<T>>) {
    let number = next_number();
    let side = || ByThread {
        number,
        _place: PhantomData,
    };
    (Emitting::new(side()), Taker::new(side()))
}

/// A number that nobody else has. Threads take them from the process in lots, so that they do not contend for each.
fn next_number() -> u64 {
    const LOT: u64 = 1 << 12;
    static LOTS: AtomicU64 = AtomicU64::new(0);
    let (mut next, mut end) = NUMBERS.get();
    if next == end {
        // Nothing but the count is shared. It does not wrap: a lot a microsecond, which is a new thread each time, lasts for 140 years.
        next = LOTS.fetch_add(LOT, Ordering::Relaxed);
        end = next + LOT;
    }
    NUMBERS.set((next + 1, end));
    next
}

/// What the generator may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Run on from its `yield`, and put an item.
    Asked,
    /// Nothing: it has put one.
    Given,
    /// Nothing: it stands at its `yield`.
    Standing,
}

/// What is known of a frame without its `T`.
struct Head {
    number: u64,
    turn: Cell<Turn>,
}

/// A flow that is being polled. `repr(C)`, so that the address of its head is its own.
#[repr(C)]
struct Frame<T> {
    head: Head,
    item: Cell<Option<T>>,
}

impl<T> ByThread<T> {
    /// Runs `poll` in a frame. The item, if one has been put.
    #[inline]
    fn enter<R>(&self, turn: Turn, poll: impl FnOnce() -> R) -> (R, Option<T>) {
        struct Leave(*const Head);
        impl Drop for Leave {
            #[inline]
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let frame = Frame {
            head: Head {
                number: self.number,
                turn: Cell::new(turn),
            },
            item: Cell::new(None),
        };
        let leave = Leave(CURRENT.replace(ptr::from_ref(&frame).cast()));
        let polled = poll();
        drop(leave);
        (polled, frame.item.into_inner())
    }

    /// The innermost frame, which is to be that of our taker.
    #[inline]
    fn frame(&self) -> &Frame<T> {
        let head = CURRENT.get();
        if current().number != self.number {
            outside();
        }
        // SAFETY: it is the address of a live frame by invariant 1, and not null, since `current` has not panicked; that frame lives until
        // the poll has ended that this call is a part of. By invariant 2 it is a `Frame<T>`. The address has been made from a reference to
        // the whole frame, in `enter`; all references to it are shared ones.
        unsafe { &*head.cast::<Frame<T>>() }
    }
}

/// The head of the innermost frame.
#[inline]
fn current<'a>() -> &'a Head {
    // SAFETY: null, or the address of a live frame by invariant 1, which begins with a `Head`. No caller keeps it beyond the poll that it
    // is a part of.
    let head = unsafe { CURRENT.get().as_ref() };
    head.unwrap_or_else(|| outside())
}

/// Whoever asks this elsewhere than in its own flow has been found out when it put its item, or learns nothing of use.
#[inline]
fn is_asked() -> bool {
    current().turn.get() == Turn::Asked
}

/// Waits until the flow asks for the next item.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Wait;

impl Future for Wait {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if is_asked() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl<T> Passage for ByThread<T> {
    type Item = T;

    type Wait<'a>
        = Wait
    where
        T: 'a;

    #[inline]
    fn put(&self, item: T) -> Result<(), T> {
        let frame = self.frame();
        if frame.head.turn.get() != Turn::Asked {
            return Err(item);
        }
        frame.head.turn.set(Turn::Given);
        frame.item.set(Some(item));
        Ok(())
    }

    #[inline]
    fn is_asked(&self) -> bool {
        is_asked()
    }

    #[inline]
    fn wait(&self) -> Wait {
        Wait
    }

    #[inline]
    fn ask<R>(&mut self, poll: impl FnOnce() -> R) -> (R, Option<T>) {
        self.enter(Turn::Asked, poll)
    }

    fn stand<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        self.enter(Turn::Standing, poll).0
    }
}

impl<T> std::fmt::Debug for ByThread<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ByThread").field(&self.number).finish()
    }
}
