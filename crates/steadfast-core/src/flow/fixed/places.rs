//! Pinned places for futures, in an array.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// `LIMIT` places, each with a pinned future or none.
///
/// Invariant: once pinned, a future leaves its place only by being dropped there. The array is private to this file, there is no
/// `Drop` implementation, and `Places` is `Unpin` only where `T` is.
pub(super) struct Places<T, const LIMIT: usize> {
    places: [Option<T>; LIMIT],
}

impl<T: Future, const LIMIT: usize> Places<T, LIMIT> {
    pub(super) const fn new() -> Self {
        Self {
            places: [const { None }; LIMIT],
        }
    }

    // Not by `&self`: see `Arm`.
    pub(super) fn is_free(self: Pin<&mut Self>, place: usize) -> bool {
        self.place(place).as_pin_mut().is_none()
    }

    pub(super) fn is_empty(mut self: Pin<&mut Self>) -> bool {
        (0..LIMIT).all(|place| self.as_mut().is_free(place))
    }

    /// Puts a future where none is.
    pub(super) fn put(mut self: Pin<&mut Self>, place: usize, future: T) {
        debug_assert!(self.as_mut().is_free(place));
        self.place(place).set(Some(future));
    }

    /// Polls the future in a place, and drops it there when it has ended.
    pub(super) fn poll(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Option<Poll<T::Output>> {
        let mut place = self.place(place);
        let polled = place.as_mut().as_pin_mut()?.poll(cx);
        if polled.is_ready() {
            place.set(None);
        }
        Some(polled)
    }

    fn place(self: Pin<&mut Self>, place: usize) -> Pin<&mut Option<T>> {
        // SAFETY: `map_unchecked_mut` asks that the result does not move while `self` is pinned, and that the closure does not
        // move out of its argument. The result is an element of an array that `self` owns, so it moves only with `self`; the
        // closure only borrows. Pinning is structural here by the invariant above: nobody else gets at the elements, `Pin::set`
        // drops in place, and no destructor of ours moves them.
        unsafe { self.map_unchecked_mut(|this| &mut this.places[place]) }
    }
}
