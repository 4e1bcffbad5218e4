//! A root inside a root: each runtime reacts in its own way, and none of them with a deadlock.

use std::panic::{AssertUnwindSafe, catch_unwind};

use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;
use steadfast::{block_on, nursery};

#[test]
fn a_root_inside_a_task_of_tokio_is_refused_in_words() {
    let (outer, inner) = (
        TokioRuntime::multi_thread(1).unwrap(),
        TokioRuntime::current_thread().unwrap(),
    );
    let refused = catch_unwind(AssertUnwindSafe(|| {
        block_on(&outer, async {
            nursery(async |n| {
                n.spawn(async move { block_on(&inner, async {}) });
            })
            .await;
        });
    }));
    let payload = refused.expect_err("tokio does not block its own threads");
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    assert!(
        text.as_deref().is_some_and(|text| text.contains("runtime")),
        "{text:?}"
    );
}

#[test]
fn a_root_inside_a_task_of_smol_runs_to_its_end() {
    let (outer, inner) = (
        SmolRuntime::with_threads(1).unwrap(),
        SmolRuntime::with_threads(1).unwrap(),
    );
    let value = block_on(&outer, async {
        nursery(async |n| {
            n.spawn_with_handle(
                async move { block_on(&inner, async { nursery(async |_| 7).await }) },
            )
            .await
        })
        .await
    });
    assert_eq!(value.unwrap(), 7);
}
