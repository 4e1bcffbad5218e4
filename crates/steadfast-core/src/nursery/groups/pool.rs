//! Futures that have not begun, for whoever comes first.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

use crate::sync::atomic::{AtomicUsize, Ordering};

/// Gives each of its futures to one of those that ask, in order.
///
/// # Invariant
///
/// A place whose index is below `next` belongs to whoever moved `next` beyond it, and is empty for everybody else; there is a future
/// in each of the others.
pub(super) struct Pool<F> {
    places: Box<[UnsafeCell<MaybeUninit<F>>]>,
    next: AtomicUsize,
}

// SAFETY: a place is touched by one thread alone, by the invariant; the futures move between threads, for which they are `Send`.
unsafe impl<F: Send> Sync for Pool<F> {}

impl<F> Pool<F> {
    pub(super) fn new(futures: Vec<F>) -> Self {
        let place = |future| UnsafeCell::new(MaybeUninit::new(future));
        Self {
            // Of the same layout, so that std may leave them where they are.
            places: futures.into_iter().map(place).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// The first that nobody has taken, and its index.
    #[inline]
    pub(super) fn take(&self) -> Option<(usize, F)> {
        if self.is_empty() {
            return None;
        }
        // Needs no order: who has the pool has it from the one who filled it, through the runtime. It goes beyond the end by one for
        // each of those who ask at the same time, at most.
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let place = self.places.get(index)?;
        // SAFETY: by the invariant the place is ours alone since the exchange.
        let place = unsafe { &*place.get() };
        // SAFETY: by the invariant there is a future in it, and nobody looks at it again.
        let future = unsafe { place.assume_init_read() };
        Some((index, future))
    }

    /// The indices of those that nobody has taken.
    pub(super) fn left(&self) -> std::ops::Range<usize> {
        let next = self.next.load(Ordering::Relaxed);
        next.min(self.places.len())..self.places.len()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.next.load(Ordering::Relaxed) >= self.places.len()
    }
}

impl<F> Drop for Pool<F> {
    fn drop(&mut self) {
        while let Some((_, future)) = self.take() {
            drop(future);
        }
    }
}

#[cfg(all(test, not(steadfast_loom)))]
mod tests {
    use super::Pool;
    use std::sync::Arc;
    use std::thread::scope;

    #[test]
    fn each_goes_to_one_of_those_who_ask() {
        let things: Vec<_> = (0..1_000).map(Arc::new).collect();
        let pool = Pool::new(things.clone());
        let (mut taken, rest) = scope(|s| {
            let takers: Vec<_> = (0..4)
                .map(|_| s.spawn(|| (0..200).map_while(|_| pool.take()).collect::<Vec<_>>()))
                .collect();
            let taken: Vec<_> = takers
                .into_iter()
                .flat_map(|taker| taker.join().unwrap())
                .collect();
            (taken, pool.left())
        });
        assert_eq!(rest, 800..1_000);
        taken.sort_unstable();
        let expected: Vec<_> = things[..800].iter().cloned().enumerate().collect();
        assert_eq!(taken, expected);
        drop((taken, expected));
        // Those that nobody takes are dropped with it, once.
        assert_eq!(Arc::strong_count(&things[799]), 1);
        assert_eq!(Arc::strong_count(&things[800]), 2);
        drop(pool);
        assert!(things.iter().all(|thing| Arc::strong_count(thing) == 1));
    }
}
