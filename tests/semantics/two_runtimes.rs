//! Two runtimes in one process: nothing of one leaks into the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use steadfast::smol::{Smol, SmolRuntime};
use steadfast::tokio::{Tokio, TokioRuntime};
use steadfast::{CancelReason, Nursery, block_on, cancelled, current_runtime, nursery, sleep};
use steadfast_conformance::probe::Gate;

/// Names no runtime.
async fn sum_of_squares(numbers: u32) -> u32 {
    let children = nursery(async |n| {
        (1..=numbers)
            .map(|number| n.spawn_with_handle(async move { number * number }))
            .collect::<Vec<_>>()
    });
    let mut sum = 0;
    for child in children.await {
        sum += child.await.expect("a child that cannot fail");
    }
    sum
}

#[steadfast::test]
async fn a_library_function_runs_wherever_it_is_called() {
    assert_eq!(sum_of_squares(10).await, 385);
}

#[test]
fn a_library_function_runs_on_both_at_the_same_time() {
    let tokio = TokioRuntime::current_thread().unwrap();
    let smol = SmolRuntime::with_threads(1).unwrap();
    let (on_tokio, on_smol) = (Gate::new(), Gate::new());
    std::thread::scope(|threads| {
        threads.spawn(|| {
            block_on(&tokio, async {
                on_tokio.open();
                on_smol.wait().await;
                assert_eq!(sum_of_squares(10).await, 385);
            });
        });
        block_on(&smol, async {
            on_smol.open();
            on_tokio.wait().await;
            assert_eq!(sum_of_squares(20).await, 2870);
        });
    });
}

#[steadfast::test(tokio, current_thread)]
async fn values_cross() {
    let smol = SmolRuntime::with_threads(1).unwrap();
    let here = std::thread::current().id();
    let outcome = Nursery::builder().runtime(&smol.handle()).run(async |n| {
        let child = n.spawn_with_handle(async { (runs_on_smol(), std::thread::current().id()) });
        let outcome = child.await;
        assert_eq!(
            std::thread::current().id(),
            here,
            "a body stays in its task"
        );
        outcome
    });
    let (on_smol, thread) = outcome.await.unwrap();
    assert!(on_smol);
    assert_ne!(thread, here);
    assert!(runs_on_tokio(), "the task itself has not moved");
}

#[steadfast::test(tokio)]
async fn requests_cross() {
    let smol = SmolRuntime::with_threads(1).unwrap();
    let waiting = Gate::new();
    let reason = nursery(async |outer| {
        let (all, is_waiting) = (outer.clone(), waiting.wait());
        outer.spawn(async move {
            is_waiting.await;
            all.cancel("enough");
        });
        let inner = Nursery::builder().runtime(&smol.handle()).run(async |n| {
            let child = n.spawn_with_handle(async move {
                waiting.open();
                cancelled().await.to_string()
            });
            child.await.unwrap()
        });
        inner.await
    });
    let reason = reason.await;
    assert!(reason.contains("enough"), "{reason}");
}

#[steadfast::test(tokio)]
async fn errors_cross() {
    let smol = SmolRuntime::with_threads(1).unwrap();
    let outcome = Nursery::builder()
        .runtime(&smol.handle())
        .try_run(async |n| {
            n.spawn(async { Err("no") });
            assert!(matches!(cancelled().await, CancelReason::Failed(_)));
            Ok(())
        });
    let error = outcome.await.expect_err("a child on smol has failed");
    assert_eq!(error.primary().error(), Some(&"no"));
}

#[test]
fn panics_cross_with_their_payload() {
    let tokio = TokioRuntime::current_thread().unwrap();
    let smol = SmolRuntime::with_threads(1).unwrap();
    let run = || {
        block_on(&tokio, async {
            Nursery::builder()
                .runtime(&smol.handle())
                .run(async |n| drop(n.spawn(async { std::panic::panic_any(42_u8) })))
                .await;
        });
    };
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("a child on smol has panicked");
    assert_eq!(payload.downcast_ref(), Some(&42_u8));
}

#[test]
fn each_child_sleeps_by_the_timer_of_its_runtime() {
    let without_timer = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let tokio = TokioRuntime::from(without_timer);
    let smol = SmolRuntime::with_threads(1).unwrap();
    block_on(&tokio, async {
        let on_smol = Nursery::builder()
            .runtime(&smol.handle())
            .run(async |n| n.spawn_with_handle(sleep(Duration::from_millis(1))));
        on_smol.await.await.expect("smol has a timer");
        let on_tokio = nursery(async |n| n.spawn_supervised(sleep(Duration::from_millis(1))));
        let error = on_tokio.await.await.expect_err("this tokio has no timer");
        assert!(error.is_panic(), "{error}");
    });
}

#[steadfast::test(smol)]
async fn a_child_on_tokio_is_inside_of_tokio() {
    let tokio = TokioRuntime::multi_thread(1).unwrap();
    let inside = Nursery::builder().runtime(&tokio.handle()).run(async |n| {
        let child = n.spawn_with_handle(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            runs_on_tokio() && sum_of_squares(2).await == 5
        });
        child.await.unwrap()
    });
    assert!(inside.await);
    assert!(tokio::runtime::Handle::try_current().is_err());
    assert!(runs_on_smol(), "the task itself has not moved");
}

fn runs_on_smol() -> bool {
    current_runtime().is_ok_and(|runtime| runtime.downcast_ref::<Smol>().is_some())
}

fn runs_on_tokio() -> bool {
    current_runtime().is_ok_and(|runtime| runtime.downcast_ref::<Tokio>().is_some())
}
