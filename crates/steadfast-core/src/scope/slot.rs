//! One child of a scope: a header that wakers can reach, and the future behind it, in one block.
//!
//! This is the unsafe noun of scopes. A block lies in the [`Arena`](super::arena::Arena) of its [`Room`], whose memory lives as long
//! as anybody can reach it, and is used for one child after another. The future in it belongs to the scope alone, and is gone when
//! the scope is, however long wakers stay.
//!
//! # Invariants
//!
//! 1. A future, and every cell of a header, are touched by the **inside** of the room alone: by the thread that polls or drops the
//!    scope's future, of which there is one at a time ([`Room::is_here`]). Wakers, and whoever draws the tree, touch the atomics of the
//!    header, and nothing else.
//! 2. `state` counts the wakers that own a count, and says whether the block is in the stack of its room (`LISTED`), and whether
//!    its child is gone (`DONE`). A block whose state is `DONE` and nothing else can be reached by the inside alone, and is used
//!    again. Whoever takes the last count or the mark away sees to that; the inside does so when it finds neither.
//! 3. A block is in the stack of its room at most once: whoever sets `LISTED` puts it there, and whoever takes it from there
//!    clears the mark. A block is in the queue of the inside at most once (`queued`); one whose child ends while it is there has a
//!    count for that.
//! 4. A pointer to a header is always one to the whole block.

use std::cell::{Cell, UnsafeCell};
use std::future::Future;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::pin::Pin;
use std::ptr::{NonNull, null};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use super::room::Room;
use crate::faults::{Fault, is_planted};
use crate::nursery::Seat;
use crate::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// The child is gone, or has not come.
const DONE: u32 = 1;
/// The block is in the stack of its room.
const LISTED: u32 = 2;
/// The room is closed: whoever gives the last count back gives one of the room back, too.
const CLOSED: u32 = 4;
/// One waker that owns a count.
const ONE: u32 = 8;

/// What wakers and lists see of a block.
pub(crate) struct Header {
    /// The block below this one in a stack of the room.
    pub(super) next: AtomicPtr<Header>,
    state: AtomicU32,
    room: *const Room,
    /// The block behind this one in the queue of the inside, or below it among those that are free.
    pub(super) after: Cell<*const Header>,
    /// Invariant 3.
    pub(super) queued: Cell<bool>,
    /// There is a future in the block.
    live: Cell<bool>,
    /// Which of the arena's sizes the block has.
    pub(super) class: u8,
    acts: Cell<&'static Acts>,
    /// Larger than that of every block that was taken before, while it is in use.
    pub(crate) number: Cell<u64>,
    /// What the tree shows of the child, if it is a light one.
    pub(crate) seat: Seat,
}

/// The header is the first field, so that a pointer to the block is one to the header.
#[repr(C)]
pub(super) struct Block<F> {
    header: Header,
    future: UnsafeCell<MaybeUninit<F>>,
}

/// What differs from future to future.
struct Acts {
    poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> Poll<()>,
    clear: unsafe fn(NonNull<Header>),
}

static NOTHING: Acts = Acts {
    poll: |_, _| Poll::Ready(()),
    clear: |_| {},
};

impl Header {
    /// One that is free, in a room.
    pub(super) fn new(room: *const Room, class: u8) -> Self {
        Self {
            next: AtomicPtr::new(std::ptr::null_mut()),
            state: AtomicU32::new(DONE),
            room,
            after: Cell::new(null()),
            queued: Cell::new(false),
            live: Cell::new(false),
            class,
            acts: Cell::new(&NOTHING),
            number: Cell::new(0),
            seat: Seat::free(),
        }
    }

    /// The room of the block.
    #[inline]
    pub(crate) fn room(&self) -> &Room {
        // SAFETY: whoever has a reference to a header keeps its block, and so the room: by a count, or because it is inside.
        unsafe { &*self.room }
    }

    /// Starts a use of the block: it can be woken from now on.
    ///
    /// # Safety
    ///
    /// The caller is inside, and nobody else can reach the block (invariant 2).
    #[inline]
    pub(super) unsafe fn begin(&self) {
        self.state.store(0, Ordering::Relaxed);
    }

    /// Moves `future` in.
    ///
    /// # Safety
    ///
    /// As [`begin`](Self::begin); `header` is that of a block which was made for an `F`, and there is none in it.
    #[inline]
    pub(super) unsafe fn move_in<F: Future<Output = ()>>(header: NonNull<Self>, future: F) {
        let block: NonNull<Block<F>> = header.cast();
        // SAFETY: the block is alive, and large enough (by the caller).
        let Block {
            header,
            future: place,
        } = unsafe { block.as_ref() };
        // SAFETY: nobody else has a reference to what is in the cell (by the caller).
        unsafe { &mut *place.get() }.write(future);
        header.acts.set(
            const {
                &Acts {
                    poll: poll::<F>,
                    clear: clear::<F>,
                }
            },
        );
        header.live.set(true);
    }

    pub(super) fn is_live(&self) -> bool {
        self.live.get()
    }

    /// Whether its child is gone, so that waking it would be of no use.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.state.load(Ordering::Relaxed) & DONE != 0
    }

    /// Polls the future, with a waker that lists this block. `true` if it has ended, and is gone.
    ///
    /// # Safety
    ///
    /// The caller is inside, and no other future of this room is being polled. The header is that of a whole block (invariant 4).
    #[inline]
    pub(super) unsafe fn poll(header: NonNull<Self>) -> bool {
        // SAFETY: the caller is inside, so that the block is alive.
        let waker = unsafe { borrowed_waker(header) };
        // SAFETY: the block is alive while the room is.
        let this = unsafe { header.as_ref() };
        if !this.live.get() {
            return false;
        }
        // SAFETY: `live` and `acts` are set together, to functions for what is in the block; the caller is inside.
        let polled = unsafe { (this.acts.get().poll)(header, &mut Context::from_waker(&waker)) };
        if polled.is_pending() {
            return false;
        }
        // SAFETY: as above.
        unsafe { Self::clear(header) };
        true
    }

    /// Drops the future where it lies, if there is one.
    ///
    /// # Safety
    ///
    /// As [`poll`](Self::poll).
    #[inline]
    pub(super) unsafe fn clear(header: NonNull<Self>) {
        // SAFETY: the block is alive while the room is.
        let this = unsafe { header.as_ref() };
        if this.live.replace(false) {
            // SAFETY: as in `poll`; it is dropped once, for it is not live any more.
            unsafe { (this.acts.get().clear)(header) };
        }
    }

    /// Ends a use of the block. `true` if nobody else can reach it, so that it is free.
    ///
    /// # Safety
    ///
    /// The caller is inside, and has [begun](Self::begin) the use.
    #[inline]
    pub(super) unsafe fn end(&self) -> bool {
        if self.queued.get() {
            self.state.fetch_add(DONE + ONE, Ordering::AcqRel);
            return false;
        }
        // Acquires what those did who gave their counts back. With no count and no mark, nobody can add one; but who has the room may
        // ring for its body until the end, whose mark means nothing then, for the stack has been closed.
        if self.state.load(Ordering::Acquire) == 0 {
            self.state.store(DONE, Ordering::Relaxed);
            return true;
        }
        self.state.fetch_add(DONE, Ordering::AcqRel) == 0
    }

    /// Takes the block's mark away when it leaves the stack. `true` if it is free by that.
    pub(super) fn unlist(&self) -> bool {
        // Acquires what those did who woke it, also those who found it listed already.
        self.state.fetch_and(!LISTED, Ordering::AcqRel) & !LISTED == DONE
    }

    /// Gives back the count that the queue has of a block whose child is gone. `true` if the block is free by that.
    pub(super) fn leave_queue(&self) -> bool {
        self.state.fetch_sub(ONE, Ordering::AcqRel) - ONE == DONE
    }

    /// Says that the room is closed. `true` if wakers are left, which keep a count of the room from now on.
    pub(super) fn close(&self) -> bool {
        self.state.fetch_or(CLOSED, Ordering::AcqRel) >= ONE
    }

    /// Whether wakers may be left.
    pub(super) fn has_wakers(&self) -> bool {
        self.state.load(Ordering::Acquire) >= ONE
    }

    /// Wakes the child, if there is one.
    #[inline]
    pub(super) fn wake(&self) {
        // A mere look is enough: nothing is to be ordered with a child that is gone.
        if self.is_done() {
            return;
        }
        let room = self.room();
        if room.is_here() {
            // SAFETY: we are inside.
            unsafe { room.inside() }.queue(self);
            return;
        }
        // Always an exchange, never a mere look: if the block is listed already, what came before this wake must be seen by the
        // poll that takes it from the stack (`unlist`), which needs our release.
        if is_planted(Fault::WakesByALook) && self.state.load(Ordering::Relaxed) & LISTED != 0 {
            return;
        }
        if self.state.fetch_or(LISTED, Ordering::AcqRel) & LISTED == 0 {
            room.push(self);
        }
    }

    fn retain(&self) {
        // Needs no order, as for any counted pointer: whoever clones has one.
        let before = self.state.fetch_add(ONE, Ordering::Relaxed);
        assert!(before < u32::MAX / 2, "too many wakers of one child");
    }

    /// Gives a count back. By a pointer, because the block may be freed before this returns.
    ///
    /// # Safety
    ///
    /// The caller owns it, and does not use it again.
    pub(super) unsafe fn release(header: *const Self) {
        // SAFETY: our count keeps the block, and the room with it.
        let counts = unsafe { &(*header).state };
        // SAFETY: as above.
        let room = unsafe { (*header).room };
        let mut state = counts.load(Ordering::Acquire);
        loop {
            // The last one of a child that is gone: nobody else can reach the block, which is to be used again.
            if state == DONE + ONE {
                if Room::is_inside_of(room) {
                    counts.store(DONE, Ordering::Relaxed);
                    // SAFETY: we are inside, and nobody else can reach the block, which stays where it is.
                    return unsafe { Room::free(room, header) };
                }
                // SAFETY: the count goes along, so that the room is there until the block is.
                if unsafe { Room::give_back(room, header) } {
                    return;
                }
            }
            let left = state - ONE;
            match counts.compare_exchange_weak(state, left, Ordering::AcqRel, Ordering::Acquire) {
                // A mark may be left from a wake that came too late for the stack.
                Ok(_) if left & !LISTED == DONE | CLOSED => {
                    // SAFETY: the block had wakers when the room was closed, and so has a count of the room (`Room::close`), which the
                    // last of them gives back.
                    return unsafe { Room::let_go(room) };
                }
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
    }
}

/// # Safety
///
/// `header` belongs to a block with an `F` in it, and the caller is inside (invariant 1).
unsafe fn poll<F: Future<Output = ()>>(header: NonNull<Header>, cx: &mut Context<'_>) -> Poll<()> {
    // SAFETY: by the caller.
    let future = unsafe { future_of::<F>(header) };
    // SAFETY: a block is never moved, and its future is dropped in place, in `clear`.
    unsafe { Pin::new_unchecked(future) }.poll(cx)
}

/// # Safety
///
/// As [`poll`]; and the future is not used again.
unsafe fn clear<F>(header: NonNull<Header>) {
    // SAFETY: by the caller.
    let future: *mut F = unsafe { future_of::<F>(header) };
    // SAFETY: by the caller.
    unsafe { future.drop_in_place() };
}

/// # Safety
///
/// As [`poll`]; and the reference is gone before the next one is made.
unsafe fn future_of<'a, F>(header: NonNull<Header>) -> &'a mut F {
    let block: NonNull<Block<F>> = header.cast();
    // SAFETY: the block is alive (by the caller), and a shared reference to a cell excludes no other.
    let cell = unsafe { &(*block.as_ptr()).future };
    // SAFETY: by invariant 1 nobody else has a reference to what is in the cell: the inside polls or drops one child at a time, and
    // a future cannot reach its own block.
    let future = unsafe { &mut *cell.get() };
    // SAFETY: there is one in it (by the caller).
    unsafe { future.assume_init_mut() }
}

/// A waker of the block, without a count of its own: it is not dropped, and whoever keeps it clones it first.
///
/// # Safety
///
/// The block is alive for as long as the waker is used.
pub(super) const unsafe fn borrowed_waker(header: NonNull<Header>) -> ManuallyDrop<Waker> {
    let waker = RawWaker::new(header.as_ptr().cast_const().cast(), &WAKER);
    // SAFETY: the functions of the table keep the contract of wakers: the data is a block that the caller keeps, and a clone counts;
    // what they touch may be touched by any thread.
    ManuallyDrop::new(unsafe { Waker::from_raw(waker) })
}

static WAKER: RawWakerVTable = RawWakerVTable::new(clone_waker, wake, wake_by_ref, drop_waker);

/// # Safety
///
/// Of all four: `data` is the header of a block that a count of the waker's keeps, or that is being polled.
unsafe fn clone_waker(data: *const ()) -> RawWaker {
    // SAFETY: by the caller.
    unsafe { header_of(data) }.retain();
    RawWaker::new(data, &WAKER)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: by the caller.
    unsafe { wake_by_ref(data) };
    // SAFETY: by the caller; the count has been of use.
    unsafe { drop_waker(data) };
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: by the caller.
    unsafe { header_of(data) }.wake();
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: by the caller; the waker's count is given back.
    unsafe { Header::release(data.cast()) };
}

/// # Safety
///
/// `data` is the header of a block that is alive.
const unsafe fn header_of<'a>(data: *const ()) -> &'a Header {
    // SAFETY: by the caller; all fields of the header that others touch are atomics.
    unsafe { &*data.cast::<Header>() }
}
