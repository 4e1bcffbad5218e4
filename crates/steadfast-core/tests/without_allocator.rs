//! What the core promises to do without an allocator, on an executor that has none either; and what allocates at the start alone.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use steadfast_core::flow::{iter, once};
use steadfast_core::{
    Flow, Slot, assert_cancel_safe, flow_in, for_await, join, merge, race, yield_now,
};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static WOKEN: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: every call goes to the system's allocator as it came, and that one keeps the contract. The count is a thread-local
// without a destructor and without lazy initialisation, so counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller has kept the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System.alloc` above, with this layout, as the caller has promised.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A waker that sets the flag of its thread, as an interrupt would.
fn flag() -> Waker {
    const FLAG: RawWaker = RawWaker::new(std::ptr::null(), &ACTS);
    const ACTS: RawWakerVTable =
        RawWakerVTable::new(|_| FLAG, |_| WOKEN.set(true), |_| WOKEN.set(true), |_| ());
    // SAFETY: the functions use no data, own nothing, and may be called anywhere: the flag is that of the calling thread.
    unsafe { Waker::from_raw(FLAG) }
}

/// An executor for one task: polls it when it has been woken, until there is an output. Counts allocations meanwhile.
fn block_on<T>(future: impl Future<Output = T>) -> (T, usize) {
    let before = ALLOCATIONS.get();
    let mut future = pin!(future);
    let waker = flag();
    loop {
        WOKEN.set(false);
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return (output, ALLOCATIONS.get() - before);
        }
        assert!(WOKEN.get(), "it waits, and nobody has been told to wake it");
    }
}

async fn turns(count: u32) -> u32 {
    for _ in 0..count {
        yield_now().await;
    }
    count
}

#[test]
fn a_merge_with_operations_borrows_and_nested_loops() {
    let (sum, allocations) = block_on(async {
        let (mut sum, mut rounds) = (0, 0);
        merge! {
            on_exit: drop;
            n in repeated(|| { rounds += 1; turns(rounds) }) => sum += n,
            n in iter(1..=10) => {
                turns(n).await;
                for_await!(m in iter(0..n) => {
                    turns(1).await;
                    sum += m;
                });
            }
            () in once(async { turns(500).await; }) => break sum,
        }
        .await
    });
    assert!(sum >= 165, "{sum}");
    assert_eq!(allocations, 0);
}

#[test]
fn several_at_a_time() {
    for ordered in [false, true] {
        let (sum, allocations) = block_on(async {
            let source = iter(0..20).map(turns);
            let source = match ordered {
                true => source.concurrent_ordered_fixed::<4>(),
                false => source.concurrent_fixed::<4>(),
            };
            let merged = source
                .filter(|n| n % 2 == 0)
                .merge(iter(100..103).then(turns))
                .zip(iter(0..));
            merged.fold(0, async |sum, (n, _)| sum + n).await
        });
        assert_eq!((sum, allocations), (90 + 303, 0));
    }
}

#[test]
fn joins_and_races() {
    let (outputs, allocations) = block_on(async {
        let first = race!(assert_cancel_safe(turns(9)), assert_cancel_safe(turns(3))).await;
        (first, join!(turns(1), turns(2), async { "three" }).await)
    });
    assert_eq!((outputs, allocations), ((3, (1, 2, "three")), 0));
}

#[test]
fn a_generator_in_a_slot_forwards_progress() {
    let mut slot = Slot::new();
    for _ in 0..2 {
        let (seen, allocations) = block_on(async {
            let moved = Cell::new(0);
            let inner = iter(0..4).map(async |n| {
                turns(3).await;
                moved.set(moved.get() + 1);
                n
            });
            let numbers = flow_in(&mut slot, async |mut y| {
                for_await!(n in inner.concurrent_fixed::<2>() => {
                    y.emit(n).await;
                });
            });
            let mut seen = (0, 0);
            for_await!(n in numbers => {
                // The generator stands at its `emit`, and what it loops over goes on.
                let before = moved.get();
                turns(4).await;
                seen.0 += n;
                seen.1 += moved.get() - before;
                if n == 3 {
                    break;
                }
            });
            seen
        });
        // In the second round, the slot has been used before.
        assert_eq!((seen, allocations), ((6, 2), 0));
    }
}

#[test]
fn a_slot_that_a_panic_has_left_full_is_emptied() {
    let mut slot = Slot::new();
    let panics = flow_in(&mut slot, async |mut y| {
        let mut emit = pin!(y.emit(1));
        poll_fn(|cx| {
            let _ = emit.as_mut().poll(cx);
            panic!("with an item in the slot")
        })
        .await
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| block_on(panics.for_each(async |_| ()))));
    assert!(panicked.is_err());
    let two = flow_in(&mut slot, async |mut y| y.emit(2).await);
    assert_eq!(block_on(two.fold(0, async |sum, n| sum * 10 + n)).0, 2);
}

#[cfg(feature = "std")]
#[test]
fn a_generator_needs_no_slot_where_there_are_threads() {
    let (sum, allocations) = block_on(async {
        let mut sum = 0;
        for_await!(n in steadfast_core::flow!(for n in 0..10 { turns(n).await; yield n; }) => {
            turns(n).await;
            sum += n;
        });
        sum
    });
    assert_eq!((sum, allocations), (45, 0));
}

#[cfg(feature = "std")]
#[test]
fn many_sources_allocate_at_the_start_and_nothing_for_an_item() {
    let (sum, allocations) = block_on(async {
        let before = ALLOCATIONS.get();
        let sources = (0..32).map(|_| iter(1..=100).then(turns));
        let merged = steadfast_core::flow::merge_all(sources);
        let made = ALLOCATIONS.get();
        let sum = merged.fold(0, async |sum, n| sum + n).await;
        assert_eq!(ALLOCATIONS.get(), made);
        // The room, two pieces of its arena for the blocks of the sources, the bells, the arms and the queue.
        assert_eq!(made - before, 6);
        sum
    });
    assert_eq!((sum, allocations), (32 * 5050, 6));
}
