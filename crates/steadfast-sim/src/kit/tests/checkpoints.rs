use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Waker};

use steadfast::{FutureExt, cancelled, checkpoint, is_cancelled, scope};

use crate::kit::{assert_checkpoints, assert_no_checkpoints, ready_now, yield_once};

/// Whether the assertion failed.
fn fails(future: impl Future) -> bool {
    let mut future = Box::pin(future);
    let polls = AssertUnwindSafe(|| {
        for _ in 0..3 {
            if future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
            {
                return;
            }
        }
    });
    catch_unwind(polls).is_err()
}

#[test]
fn each_way_to_look_is_a_cancel_point() {
    assert!(!fails(assert_checkpoints(async { checkpoint() })));
    assert!(!fails(assert_checkpoints(async { is_cancelled() })));
    assert!(!fails(assert_checkpoints(yield_once().or_cancelled())));
    assert!(fails(assert_no_checkpoints(async { checkpoint() })));
    assert!(fails(assert_no_checkpoints(async { is_cancelled() })));
    assert!(fails(assert_no_checkpoints(yield_once().or_cancelled())));
    assert!(fails(assert_no_checkpoints(cancelled())));
}

#[test]
fn code_that_never_looks_has_none() {
    assert!(fails(assert_checkpoints(yield_once())));
    assert!(!fails(assert_no_checkpoints(yield_once())));
    // A value that is there is taken before anybody looks.
    assert!(fails(assert_checkpoints(ready(1).or_cancelled())));
}

#[test]
fn what_happens_around_the_region_does_not_count() {
    let before_and_after = async {
        checkpoint().unwrap();
        assert_no_checkpoints(yield_once())
            .or_cancelled()
            .await
            .unwrap();
        checkpoint().unwrap();
    };
    assert!(!fails(before_and_after));
}

#[test]
fn children_of_a_scope_count() {
    let region = || scope(async |s| _ = s.spawn(async { checkpoint().unwrap() }));
    ready_now(assert_checkpoints(region()));
    assert!(fails(assert_no_checkpoints(region())));
}

#[test]
fn texts_name_the_place_and_the_fix() {
    let failed = catch_unwind(|| ready_now(assert_checkpoints(async {}))).unwrap_err();
    let text = failed.downcast::<String>().unwrap();
    assert!(
        text.contains("tests/checkpoints.rs:") && text.contains("or_cancelled()"),
        "{text}"
    );
}
