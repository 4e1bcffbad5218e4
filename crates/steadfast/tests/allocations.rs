//! A child costs the allocations of the runtime's own task, and no other; with a handle, one more; in a scope, none, and so of many
//! that are spawned at once, and of a map with many at a time.
//!
//! Counts what ten thousand tasks allocate that run one after the other in the process, spawned by hand and as children of a
//! nursery. The tables that grow with the number of children are what the tolerance is for.

use std::alloc::System;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;
use steadfast::{
    Entry, Never, Nursery, Owner, block_on, map_concurrent, nursery, scope, yield_now,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// So far, each growth of one included.
fn allocations() -> usize {
    let stats = ALLOCATOR.stats();
    stats.allocations + stats.reallocations
}

const CHILDREN: usize = 10_000;
/// Growth of tables, queues of the runtime, the nursery itself.
const TOLERANCE: usize = CHILDREN / 100;

fn main() -> ExitCode {
    let tokio = TokioRuntime::current_thread().expect("a tokio runtime");
    let smol = SmolRuntime::with_threads(1).expect("a thread");
    let on_tokio = checked("tokio", &tokio, by_hand_on_tokio(&tokio));
    let on_smol = checked("smol", &smol, by_hand_on_smol(&smol));
    if on_tokio && on_smol {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whether children of each kind allocate what they may beside the tasks of the runtime, which allocate `by_hand`.
fn checked<O: Owner>(runtime: &str, owner: &O, by_hand: usize) -> bool {
    let children = in_a_nursery(owner, async |n| spawn_children(n).await);
    let with_handles = in_a_nursery(owner, async |n| spawn_with_handles(n).await);
    let in_a_scope = in_a_nursery(owner, async |_| spawn_into_scope().await);
    let at_once = in_a_nursery(owner, async |n| spawn_at_once(n).await);
    let mapped = in_a_nursery(owner, async |_| map_many_at_a_time().await);
    println!(
        "{runtime}: {CHILDREN} tasks by hand: {by_hand} allocations; as children: {children}, with handles {with_handles}, \
         of a scope {in_a_scope}, at once {at_once}, mapped {mapped}"
    );
    let rows = [
        ("a child costs an allocation of its own", children, by_hand),
        (
            "a child with a handle costs more than one of its own",
            with_handles,
            by_hand + CHILDREN,
        ),
        ("a child of a scope costs an allocation", in_a_scope, 0),
        // For each task of theirs, a few.
        (
            "children that are spawned at once cost allocations",
            at_once,
            CHILDREN / 50,
        ),
        // For each task, a few, and for each row of places for values.
        (
            "children of a map with many at a time cost allocations",
            mapped,
            CHILDREN / 20,
        ),
    ];
    let broken = rows.map(|(what, count, most)| {
        let is_broken = count > most + TOLERANCE;
        if is_broken {
            println!("{runtime}: {what}");
        }
        is_broken
    });
    by_hand >= CHILDREN && broken == [false; 5]
}

fn in_a_nursery<O: Owner>(owner: &O, work: impl AsyncFn(&Nursery)) -> usize {
    block_on(owner, async {
        nursery(async |n| {
            work(&n).await;
            counted(work(&n)).await
        })
        .await
    })
}

async fn spawn_children(n: &Nursery) {
    let finished = Arc::new(AtomicUsize::new(0));
    for _ in 0..CHILDREN {
        let finished = Arc::clone(&finished);
        n.spawn(async move { _ = finished.fetch_add(1, Ordering::Release) });
    }
    wait_for(&finished).await;
}

async fn spawn_with_handles(n: &Nursery) {
    let mut handles = Vec::with_capacity(CHILDREN);
    for number in 0..CHILDREN {
        handles.push(n.spawn_with_handle(async move { number }));
    }
    for handle in handles {
        handle.await.expect("no child fails");
    }
}

async fn spawn_at_once(n: &Nursery) {
    let finished = Arc::new(AtomicUsize::new(0));
    n.spawn_all((0..CHILDREN).map(|_| {
        let finished = Arc::clone(&finished);
        async move { _ = finished.fetch_add(1, Ordering::Release) }
    }));
    wait_for(&finished).await;
}

async fn map_many_at_a_time() {
    let values = map_concurrent(0..CHILDREN, 1_000, async |number| Ok::<_, Never>(number));
    assert!(values.await.is_ok_and(|values| values.len() == CHILDREN));
}

async fn spawn_into_scope() {
    scope(async |s| {
        for _ in 0..CHILDREN {
            s.spawn(yield_now());
        }
    })
    .await;
}

fn by_hand_on_tokio(owner: &TokioRuntime) -> usize {
    let spawn_tasks = || async {
        let finished = Arc::new(AtomicUsize::new(0));
        for _ in 0..CHILDREN {
            let finished = Arc::clone(&finished);
            tokio::spawn(async move { _ = finished.fetch_add(1, Ordering::Release) });
        }
        wait_for(&finished).await;
    };
    owner.block_on(async {
        spawn_tasks().await;
        counted(spawn_tasks()).await
    })
}

/// The executor that `SmolRuntime` runs on, without it.
fn by_hand_on_smol(owner: &SmolRuntime) -> usize {
    let executor = async_executor::Executor::new();
    let spawn_tasks = || async {
        let finished = Arc::new(AtomicUsize::new(0));
        for _ in 0..CHILDREN {
            let finished = Arc::clone(&finished);
            let task = async move { _ = finished.fetch_add(1, Ordering::Release) };
            executor.spawn(task).detach();
        }
        wait_for(&finished).await;
    };
    owner.block_on(executor.run(async {
        spawn_tasks().await;
        counted(spawn_tasks()).await
    }))
}

/// How much a future allocates. It has run once before, so that tables have their size.
async fn counted(work: impl Future<Output = ()>) -> usize {
    let before = allocations();
    work.await;
    allocations() - before
}

async fn wait_for(finished: &AtomicUsize) {
    while finished.load(Ordering::Acquire) < CHILDREN {
        yield_now().await;
    }
}
