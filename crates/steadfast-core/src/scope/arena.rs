//! Where the blocks of a scope lie: a few pieces of memory that grow, and blocks of a few sizes that are used again.
//!
//! A block costs an allocation only when the last piece is full and no block of its size is free, and each piece is twice as large as
//! the one before: so a child costs none, amortised, and memory follows the children that live at the same time. The pieces
//! go when the room goes.
//!
//! The inside of the room alone takes and frees blocks; whoever drops the room comes after it. But anybody who has the room may walk
//! over the headers, to draw the tree: pieces and blocks stay where they are, and each is published when its head is complete.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::mem::needs_drop;
use std::ptr::{NonNull, null, null_mut};

use super::room::Room;
use super::slot::{Block, Header};
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

pub(super) struct Arena {
    /// The newest piece.
    pieces: AtomicPtr<Piece>,
    /// Blocks to use again, of each size.
    free: [Cell<*const Header>; CLASSES],
}

/// The head of a piece; the blocks follow it.
#[repr(C, align(16))]
struct Piece {
    older: *mut Piece,
    layout: Layout,
    /// Bytes that are taken, this head included.
    used: AtomicUsize,
}

/// What is aligned to more than this lies in a box of its own.
pub(super) const ALIGN: usize = align_of::<Piece>();

/// Steps of 32 bytes up to 512, then doublings.
const STEP: usize = 32;
const STEPS: usize = 16;
const CLASSES: usize = 22;

const FIRST_PIECE: usize = 2048;
/// Below the size of which allocators give memory back to the system at once, so that the next scope finds it warm.
const LARGE_PIECE: usize = 32 * 1024;

/// The size class of blocks for an `F`; none if these are too large or too aligned.
pub(super) const fn class_of<F>() -> Option<u8> {
    let size = size_of::<Block<F>>();
    if align_of::<Block<F>>() > ALIGN {
        return None;
    }
    let mut class = 0;
    while class < CLASSES {
        if size_of_class(class) >= size {
            #[expect(clippy::cast_possible_truncation, reason = "there are a few classes")]
            return Some(class as u8);
        }
        class += 1;
    }
    None
}

const fn size_of_class(class: usize) -> usize {
    if class < STEPS {
        (class + 1) * STEP
    } else {
        (STEPS * STEP) << (class - STEPS + 1)
    }
}

impl Arena {
    pub(super) fn new() -> Self {
        Self {
            pieces: AtomicPtr::new(null_mut()),
            free: [const { Cell::new(null()) }; CLASSES],
        }
    }

    /// A block that nobody else can reach.
    ///
    /// # Safety
    ///
    /// The caller is inside `room`, whose arena this is.
    #[inline]
    pub(super) unsafe fn take(&self, room: *const Room, class: u8) -> NonNull<Header> {
        let free = &self.free[usize::from(class)];
        let Some(header) = NonNull::new(free.get().cast_mut()) else {
            // SAFETY: by the caller.
            return unsafe { self.carve(room, class) };
        };
        // SAFETY: a block among the free ones is alive while the arena is.
        free.set(unsafe { header.as_ref() }.after.replace(null()));
        header
    }

    /// Lets the block be used again.
    ///
    /// # Safety
    ///
    /// The caller is inside, `header` is that of a block of this arena, and nobody else can reach it.
    #[inline]
    pub(super) unsafe fn put_back(&self, header: &Header) {
        let free = &self.free[usize::from(header.class)];
        header.after.set(free.replace(header));
    }

    /// # Safety
    ///
    /// As [`take`](Self::take).
    unsafe fn carve(&self, room: *const Room, class: u8) -> NonNull<Header> {
        let size = size_of_class(usize::from(class));
        let mut piece = self.pieces.load(Ordering::Relaxed);
        // SAFETY: a piece lives as long as the arena.
        let newest = unsafe { piece.as_ref() };
        let room_left = newest.map_or(0, |piece| {
            piece.layout.size() - piece.used.load(Ordering::Relaxed)
        });
        if room_left < size {
            piece = self.grow(size);
        }
        // SAFETY: as above.
        let used = unsafe { &(*piece).used };
        let at = used.load(Ordering::Relaxed);
        // SAFETY: the piece has room for `size` bytes from `at` on. The pointer is one to the whole piece.
        let header = unsafe { piece.cast::<u8>().add(at) }.cast::<Header>();
        // SAFETY: the place is ours alone, large enough, and aligned, for sizes and the head of a piece are multiples of `ALIGN`.
        unsafe { header.write(Header::new(room, class)) };
        // Releases the header, for those who draw the tree.
        used.store(at + size, Ordering::Release);
        // SAFETY: it is inside of a piece.
        unsafe { NonNull::new_unchecked(header) }
    }

    fn grow(&self, size: usize) -> *mut Piece {
        let older = self.pieces.load(Ordering::Relaxed);
        // SAFETY: a piece lives as long as the arena.
        let last = unsafe { older.as_ref() }.map_or(FIRST_PIECE / 2, |piece| piece.layout.size());
        let wanted = (2 * last).min(LARGE_PIECE).max(size + size_of::<Piece>());
        let layout = Layout::from_size_align(wanted, ALIGN).expect("a size that fits into memory");
        // SAFETY: the size is not zero.
        let piece = unsafe { alloc(layout) }.cast::<Piece>();
        if piece.is_null() {
            handle_alloc_error(layout);
        }
        let head = Piece {
            older,
            layout,
            used: AtomicUsize::new(size_of::<Piece>()),
        };
        // SAFETY: the memory is fresh, large enough and aligned.
        unsafe { piece.write(head) };
        self.pieces.store(piece, Ordering::Release);
        piece
    }

    /// The headers of all blocks, free or not.
    pub(super) fn headers(&self) -> impl Iterator<Item = NonNull<Header>> {
        let newest = NonNull::new(self.pieces.load(Ordering::Acquire));
        // SAFETY: a piece lives as long as the arena, and `older` never changes.
        let older = |piece: &NonNull<Piece>| NonNull::new(unsafe { piece.as_ref() }.older);
        std::iter::successors(newest, older).flat_map(|piece| blocks(piece.as_ptr()))
    }
}

fn blocks(piece: *mut Piece) -> impl Iterator<Item = NonNull<Header>> {
    // SAFETY: a piece lives as long as its arena, which whoever walks borrows.
    let end = unsafe { &(*piece).used }.load(Ordering::Acquire);
    let mut at = size_of::<Piece>();
    std::iter::from_fn(move || {
        if at == end {
            return None;
        }
        // SAFETY: `at` is where a block begins: blocks lie one behind the other.
        let header = unsafe { piece.cast::<u8>().add(at) }.cast::<Header>();
        // SAFETY: what is before `end` has been written; its class never changes.
        at += size_of_class(usize::from(unsafe { &*header }.class));
        NonNull::new(header)
    })
}

impl Drop for Arena {
    /// Frees the memory. There are no futures in it.
    fn drop(&mut self) {
        if needs_drop::<Header>() {
            for header in self.headers() {
                // SAFETY: nobody reaches the arena any more, for it is being dropped; headers are dropped once.
                unsafe { header.drop_in_place() };
            }
        }
        let mut piece = self.pieces.load(Ordering::Relaxed);
        while !piece.is_null() {
            // SAFETY: the piece is alive until it is freed below.
            let Piece { older, layout, .. } = *unsafe { &*piece };
            // SAFETY: it was allocated with this layout, and is freed once.
            unsafe { dealloc(piece.cast(), layout) };
            piece = older;
        }
    }
}
