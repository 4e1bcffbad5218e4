//! One child of a scope: a header that wakers can reach, and the future behind it, in one block.
//!
//! This is the unsafe noun of scopes. A block is counted like an `Arc`, because a waker may outlive the scope; the future in it
//! is not: it belongs to the scope alone, and is gone when the scope is.
//!
//! # Invariants
//!
//! 1. A future is touched by its [`Crowd`](super::crowd::Crowd) alone, which is never used by two threads at once. Wakers
//!    touch the header, and nothing else.
//! 2. While the future is there, the crowd holds a count of its block: in its table or, before it has seen the block, in the
//!    list of its room. So whoever gives the last count back, on whatever thread and however late, finds the future gone.
//! 3. A block is in the list of its room at most once. `listed` says whether it is; the list holds a count.
//! 4. A pointer to a header is always the one that the block was made with, so that it may be used for the whole block.

use std::cell::{Cell, UnsafeCell};
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr::{NonNull, null_mut};
use std::sync::Arc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use super::room::Room;
use crate::faults::{Fault, is_planted};
use crate::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// What wakers and lists see of a block.
pub(super) struct Header {
    /// The block below this one in the list of the room.
    pub(super) next: AtomicPtr<Header>,
    /// Invariant 3.
    listed: AtomicBool,
    room: Arc<Room>,
    /// The crowd alone looks at it.
    seat: Seat,
    acts: &'static Acts,
}

/// The place of a child in the table of its crowd.
pub(super) struct Seat(Cell<usize>);

impl Seat {
    const NEW: usize = usize::MAX;
    const LEFT: usize = usize::MAX - 1;

    /// The crowd has not seen the child yet.
    pub(super) fn is_new(&self) -> bool {
        self.0.get() == Self::NEW
    }

    pub(super) fn take(&self, key: usize) {
        self.0.set(key);
    }

    /// The child has ended.
    pub(super) fn leave(&self) {
        self.0.set(Self::LEFT);
    }

    pub(super) fn key(&self) -> Option<usize> {
        let key = self.0.get();
        (key != Self::NEW && key != Self::LEFT).then_some(key)
    }
}

/// The header is the first field, so that a pointer to the block is one to the header.
#[repr(C)]
struct Block<F> {
    header: Header,
    future: UnsafeCell<Option<F>>,
}

/// What differs from future to future.
struct Acts {
    poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> Poll<()>,
    clear: unsafe fn(NonNull<Header>),
    retain: unsafe fn(NonNull<Header>),
    release: unsafe fn(NonNull<Header>),
}

/// A count of a block.
pub(super) struct Slot(NonNull<Header>);

// SAFETY: what can be done through a `Slot` by safe code on another thread is to wake and to give the count back. The former
// touches atomics and the room, which is `Sync`. The latter may free the block, and then, by invariant 2, the future in it is
// gone, so that nothing of the future's type is touched there. `poll` and `clear`, which touch the future, are unsafe, and
// their callers show that they are on the thread of the crowd.
unsafe impl Send for Slot {}

impl Slot {
    /// Moves `future` into a block of its own, listed nowhere.
    pub(super) fn new<F: Future<Output = ()>>(room: &Arc<Room>, future: F) -> Self {
        let block = Arc::new(Block {
            header: Header {
                next: AtomicPtr::new(null_mut()),
                listed: AtomicBool::new(false),
                room: Arc::clone(room),
                seat: Seat(Cell::new(Seat::NEW)),
                acts: const {
                    &Acts {
                        poll: poll::<F>,
                        clear: clear::<F>,
                        retain: retain::<F>,
                        release: release::<F>,
                    }
                },
            },
            future: UnsafeCell::new(Some(future)),
        });
        let block: *const Block<F> = Arc::into_raw(block);
        // SAFETY: `Arc::into_raw` never returns null. The cast keeps the provenance of the whole block (invariant 4).
        Self(unsafe { NonNull::new_unchecked(block.cast_mut().cast()) })
    }

    /// Takes the future out again.
    ///
    /// # Safety
    ///
    /// `F` is the type that the slot was made with, nobody else has seen the block, and so the future is not pinned yet.
    pub(super) unsafe fn into_future<F: Future<Output = ()>>(self) -> Option<F> {
        // SAFETY: the block is alive, for we hold a count; it is of this type, and nobody else can touch the future (both by the
        // caller).
        let future = unsafe { future_of::<F>(self.0) };
        // It was never polled, so that it may be moved.
        future.take()
    }

    /// Puts a block that nobody has seen yet into the list of its room.
    ///
    /// # Errors
    ///
    /// The slot, if the room is closed.
    pub(super) fn enter(self) -> Result<(), Self> {
        self.header().listed.store(true, Ordering::Relaxed);
        let room = Arc::clone(&self.header().room);
        room.push(self)
    }

    /// Puts the block into the list of its room, unless it is there. A closed room has no use for it.
    fn wake(&self) {
        // Always an exchange, never a mere look: if the block is listed already, what came before this wake must be seen by the
        // poll that takes it from the list (`unlist`), which needs our release.
        let listed = &self.header().listed;
        if is_planted(Fault::WakesByALook) && listed.load(Ordering::Relaxed) {
            return;
        }
        if !listed.swap(true, Ordering::AcqRel) {
            drop(self.header().room.push(self.clone()));
        }
    }

    /// A waker that lists this block.
    pub(super) fn waker(&self) -> Waker {
        let data = self.clone().into_raw();
        // SAFETY: the functions of the table keep the contract of wakers: the data is a counted block, which they treat as such;
        // what they touch may be touched by any thread.
        unsafe { Waker::from_raw(RawWaker::new(data.as_ptr().cast_const().cast(), &WAKER)) }
    }

    /// A block that was taken from the list may be listed again.
    pub(super) fn unlist(&self) {
        self.header().listed.swap(false, Ordering::AcqRel);
    }

    /// The place in the table of the crowd.
    ///
    /// # Safety
    ///
    /// The caller is the crowd (invariant 1).
    pub(super) unsafe fn seat(&self) -> &Seat {
        &self.header().seat
    }

    /// Polls the future, with a waker that lists this block; ready if it is gone.
    ///
    /// # Safety
    ///
    /// The caller is the crowd (invariant 1).
    pub(super) unsafe fn poll(&self) -> Poll<()> {
        // SAFETY: the pointer is that of a block which our count keeps alive; the waker is not dropped, so that it needs no
        // count of its own, and whoever keeps it clones it first.
        let waker =
            unsafe { Waker::from_raw(RawWaker::new(self.0.as_ptr().cast_const().cast(), &WAKER)) };
        let waker = ManuallyDrop::new(waker);
        let mut cx = Context::from_waker(&waker);
        // SAFETY: the block is alive, and the caller is the crowd.
        unsafe { (self.header().acts.poll)(self.0, &mut cx) }
    }

    /// Drops the future where it lies.
    ///
    /// # Safety
    ///
    /// The caller is the crowd (invariant 1).
    pub(super) unsafe fn clear(&self) {
        // SAFETY: the block is alive, and the caller is the crowd.
        unsafe { (self.header().acts.clear)(self.0) };
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn header(&self) -> &Header {
        // SAFETY: our count keeps the block alive. All fields of the header that others touch are atomics; `seat` is touched by
        // the crowd alone.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).0
    }

    /// # Safety
    ///
    /// `header` comes from [`into_raw`](Self::into_raw), and its count from there as well.
    pub(super) unsafe fn from_raw(header: NonNull<Header>) -> Self {
        Self(header)
    }
}

impl Clone for Slot {
    fn clone(&self) -> Self {
        // SAFETY: the block is alive.
        unsafe { (self.header().acts.retain)(self.0) };
        Self(self.0)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // SAFETY: we own one count, and do not use it again.
        unsafe { (self.header().acts.release)(self.0) };
    }
}

/// # Safety
///
/// `header` belongs to a block of this `F` that is alive, and the caller is the crowd (invariant 1).
unsafe fn poll<F: Future<Output = ()>>(header: NonNull<Header>, cx: &mut Context<'_>) -> Poll<()> {
    // SAFETY: by the caller.
    let future = unsafe { future_of::<F>(header) };
    // SAFETY: a block is never moved (it lies in an `Arc`), and its future is never moved once it has been polled: it is dropped
    // in place, in `clear`.
    let future = future
        .as_mut()
        .map(|future| unsafe { Pin::new_unchecked(future) });
    future.map_or(Poll::Ready(()), |future| future.poll(cx))
}

/// # Safety
///
/// As [`poll`].
unsafe fn clear<F>(header: NonNull<Header>) {
    // SAFETY: by the caller.
    let future = unsafe { future_of::<F>(header) };
    // This drops it in place.
    *future = None;
}

/// # Safety
///
/// As [`poll`]; and the reference is gone before the next one is made.
unsafe fn future_of<'a, F>(header: NonNull<Header>) -> &'a mut Option<F> {
    let block: *const Block<F> = header.as_ptr().cast_const().cast();
    // SAFETY: the block is alive (by the caller), and a shared reference to a cell excludes no other.
    let cell = unsafe { &(*block).future };
    // SAFETY: by invariant 1 nobody else has a reference to what is in the cell: the crowd polls or drops one child at a time, and
    // a future cannot reach its own slot.
    unsafe { &mut *cell.get() }
}

/// # Safety
///
/// `header` belongs to a block of this `F` that is alive.
unsafe fn retain<F>(header: NonNull<Header>) {
    // SAFETY: the pointer came from `Arc::into_raw` (invariant 4), and the block is alive, so that the count is at least one.
    unsafe { Arc::increment_strong_count(header.as_ptr().cast_const().cast::<Block<F>>()) };
}

/// # Safety
///
/// `header` belongs to a block of this `F`, and the caller owns one count of it.
unsafe fn release<F>(header: NonNull<Header>) {
    // SAFETY: the pointer came from `Arc::into_raw` (invariant 4), and the count is the caller's. If it is the last one, the
    // future is gone (invariant 2).
    unsafe { Arc::decrement_strong_count(header.as_ptr().cast_const().cast::<Block<F>>()) };
}

static WAKER: RawWakerVTable = RawWakerVTable::new(clone_waker, wake, wake_by_ref, drop_waker);

/// # Safety
///
/// Of all four: `data` is the header of a block that a count of the waker's keeps alive.
unsafe fn clone_waker(data: *const ()) -> RawWaker {
    // SAFETY: by the caller; the slot is not dropped, for the count is the waker's.
    let slot = ManuallyDrop::new(unsafe { slot_of(data) });
    let clone = Slot::clone(&slot).into_raw();
    RawWaker::new(clone.as_ptr().cast_const().cast(), &WAKER)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: by the caller; the waker's count becomes the slot's, and is given back.
    unsafe { slot_of(data) }.wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: by the caller; the slot is not dropped, for the count is the waker's.
    ManuallyDrop::new(unsafe { slot_of(data) }).wake();
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: by the caller; the waker's count is given back.
    drop(unsafe { slot_of(data) });
}

/// # Safety
///
/// `data` is the header of a block that is alive.
unsafe fn slot_of(data: *const ()) -> Slot {
    // SAFETY: by the caller, and no header lies at null.
    Slot(unsafe { NonNull::new_unchecked(data.cast_mut().cast()) })
}
