//! Nurseries without a named runtime: which one they find, and what they say where there is none.
#![cfg(all(feature = "tokio", feature = "smol"))]
#![expect(
    clippy::async_yields_async,
    reason = "a handle leaves its nursery, and is awaited afterwards"
)]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use steadfast::smol::{Smol, SmolRuntime};
use steadfast::tokio::{Tokio, TokioRuntime};
use steadfast::{
    AmbientRuntime, AnyRuntime, BoxSleep, FailureKind, Nursery, Refused, Runtime, Spawn,
    SpawnBlocking, Timer, block_on, current_runtime, nursery, try_nursery,
};

fn runs_on<R: Runtime>() -> bool {
    current_runtime().is_ok_and(|runtime| runtime.downcast_ref::<R>().is_some())
}

/// A runtime of somebody else: tokio, with every child counted.
#[derive(Clone)]
struct Foreign {
    inner: Tokio,
    spawned: Arc<AtomicUsize>,
}

impl Spawn for Foreign {
    fn spawn<F: Future<Output = ()> + Send + 'static>(&self, task: F) -> Result<(), Refused<F>> {
        self.spawned.fetch_add(1, Ordering::Relaxed);
        self.inner.spawn(task)
    }
}

impl SpawnBlocking for Foreign {
    fn spawn_blocking<W: FnOnce() + Send + 'static>(&self, work: W) -> Result<(), Refused<W>> {
        self.inner.spawn_blocking(work)
    }
}

impl Timer for Foreign {
    type Sleep = BoxSleep;

    fn sleep_until(&self, at: Instant) -> BoxSleep {
        Box::pin(self.inner.sleep_until(at))
    }
}

#[steadfast::test]
async fn a_nursery_in_a_child_of_a_child_runs_there_too() {
    let depth = nursery(async |n| {
        n.spawn_with_handle(async {
            nursery(async |n| n.spawn_with_handle(async { nursery(async |_| 3).await }))
                .await
                .await
        })
    })
    .await;
    assert_eq!(depth.await.unwrap().unwrap(), 3);
}

#[steadfast::test(tokio)]
async fn children_of_a_tokio_root_are_on_tokio() {
    let seen = nursery(async |n| n.spawn_with_handle(async { runs_on::<Tokio>() })).await;
    assert!(seen.await.unwrap());
}

#[steadfast::test(smol)]
async fn children_of_a_smol_root_are_on_smol() {
    let seen = nursery(async |n| n.spawn_with_handle(async { runs_on::<Smol>() })).await;
    assert!(seen.await.unwrap());
}

#[test]
fn a_plain_tokio_task_opens_a_nursery_on_its_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let task = runtime.spawn(async {
        let seen = nursery(async |n| n.spawn_with_handle(async { runs_on::<Tokio>() })).await;
        seen.await.unwrap()
    });
    assert!(runtime.block_on(task).unwrap());
}

#[test]
fn a_child_on_smol_inside_of_tokio_opens_its_nurseries_on_smol() {
    let smol = SmolRuntime::with_threads(1).unwrap();
    let tokio = TokioRuntime::current_thread().unwrap();
    let seen = block_on(&tokio, async {
        let child = Nursery::builder()
            .runtime(&smol.handle())
            .run(async |n| {
                n.spawn_with_handle(async { nursery(async |_| runs_on::<Smol>()).await })
            })
            .await;
        (child.await.unwrap(), runs_on::<Tokio>())
    });
    assert_eq!(seen, (true, true));
}

#[test]
fn a_runtime_of_a_third_party_runs_everything_below() {
    let owner = TokioRuntime::current_thread().unwrap();
    let spawned = Arc::new(AtomicUsize::new(0));
    let foreign = Foreign {
        inner: owner.handle(),
        spawned: Arc::clone(&spawned),
    };
    let seen = Nursery::builder()
        .runtime(&foreign)
        .block_on(&owner, async {
            nursery(async |n| {
                n.spawn(async {});
                n.spawn_with_handle(async { nursery(async |_| runs_on::<Foreign>()).await })
            })
            .await
            .await
        });
    assert!(seen.unwrap());
    assert_eq!(spawned.load(Ordering::Relaxed), 2);
}

#[test]
fn a_known_runtime_is_recognised_through_every_wrapper() {
    let owner = TokioRuntime::current_thread().unwrap();
    let any = AnyRuntime::new(AnyRuntime::new(owner.handle()));
    let wrapped = AmbientRuntime::new(&AmbientRuntime::new(&owner.handle()));
    for ambient in [
        AmbientRuntime::new(&owner.handle()),
        wrapped.clone(),
        AmbientRuntime::new(any.downcast_ref::<AnyRuntime>().unwrap()),
    ] {
        assert!(format!("{ambient:?}").starts_with("Tokio("), "{ambient:?}");
    }
    let below = Nursery::builder()
        .runtime(&wrapped)
        .block_on(&owner, async {
            nursery(async |_| runs_on::<Tokio>()).await
        });
    assert!(below, "the wrapper hides the runtime from the code below");
}

#[test]
fn without_a_runtime_a_nursery_panics_with_the_features_and_the_fix() {
    let polled = catch_unwind(AssertUnwindSafe(|| nursery(async |_| ()).now_or_never()));
    let payload = polled.expect_err("there is no runtime on this thread");
    let text = payload.downcast_ref::<String>().expect("a text");
    for part in [
        "no runtime here",
        "#[steadfast::main]",
        "enabled runtime features: `tokio`, `smol`",
        "not inside a tokio runtime",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn without_a_runtime_a_try_nursery_returns_that() {
    let outcome = try_nursery(async |_| Ok::<_, std::io::Error>(())).now_or_never();
    let error = outcome.expect("it does not wait").expect_err("no runtime");
    assert!(
        matches!(error.primary().kind(), FailureKind::NoRuntime(_)),
        "{error}"
    );
    assert!(error.to_string().contains("block_on"), "{error}");
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[steadfast::test]
async fn the_future_of_a_nursery_borrows_and_is_send_and_can_be_a_child() {
    let words = [String::from("one"), String::from("three")];
    let length = assert_send(nursery(async |n| {
        n.spawn(async {});
        words.iter().map(String::len).sum::<usize>()
    }));
    assert_eq!(length.await, 8);
    let child = nursery(async |n| {
        n.spawn_with_handle(nursery(async move |n| {
            n.spawn(async {});
            words.len()
        }))
    });
    assert_eq!(child.await.await.unwrap(), 2);
}

#[steadfast::test]
async fn the_builder_takes_every_setting_and_infers_its_types() {
    let here = AmbientRuntime::current().expect("a task has a runtime");
    let value = Nursery::builder()
        .name("x")
        .limit(4)
        .grace(Duration::from_secs(60))
        .deadline(Duration::from_secs(60))
        .slow_exit(Duration::from_secs(60))
        .cleanup_budget(Duration::from_secs(60))
        .runtime(&here)
        .run(async |n| n.name().map(str::to_owned))
        .await;
    assert_eq!(value.as_deref(), Some("x"));
    let outcome = Nursery::builder()
        .limit(1)
        .collect_panics()
        .try_run(async |n| {
            n.spawn(async { Err("no") });
            takes_any_runtime(&n);
            Ok(())
        })
        .await;
    assert_eq!(outcome.unwrap_err().into_primary().error(), Some(&"no"));
}

/// The type of a nursery says nothing about its runtime.
fn takes_any_runtime(n: &Nursery<&'static str>) {
    n.spawn(async {});
}
