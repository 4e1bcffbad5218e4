//! S15, S24: what becomes of the others when one of several futures fails, panics or wins.

use std::cell::Cell;
use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::pin::pin;

use futures_util::FutureExt as _;
use steadfast::{FutureExt, assert_cancel_safe, join, race, timeout, try_join, try_join_all};
use tokio::time::{Instant, sleep};

use crate::probe::{Count, collect_reports, ms, reports_with};

#[tokio::test(start_paused = true)]
async fn s15_siblings_of_a_failure_finish() {
    let cleaned = Cell::new(false);
    let sibling = || async {
        sleep(ms(10)).await;
        cleaned.set(true);
        Ok::<(), &str>(())
    };
    let raw = tokio::try_join!(async { Err::<(), _>("no") }, sibling());
    assert_eq!((raw, cleaned.get()), (Err("no"), false));

    let ours = try_join!(async { Err::<(), _>("no") }, sibling()).await;
    assert_eq!((ours, cleaned.get()), (Err("no"), true));

    // One that gives way does so at once.
    let start = Instant::now();
    let gives_way = async {
        let waited = sleep(ms(1000)).or_cancelled().await;
        waited.map_err(|_| "gave way")
    };
    let fails = async {
        sleep(ms(5)).await;
        Err::<(), _>("first")
    };
    let ours = try_join!(gives_way, fails).await;
    assert_eq!((ours, start.elapsed()), (Err("first"), ms(5)));
}

#[tokio::test(start_paused = true)]
async fn s24_siblings_of_a_panic_finish() {
    let finished = Count::default();
    let sibling = || async {
        sleep(ms(10)).await;
        finished.add();
    };
    let raw = AssertUnwindSafe(async { tokio::join!(async { panic!("one") }, sibling()) });
    assert!(raw.catch_unwind().await.is_err());
    assert_eq!(finished.get(), 0);

    let ours = AssertUnwindSafe(join!(async { panic!("one") }, sibling()))
        .catch_unwind()
        .await;
    assert_eq!(ours.unwrap_err().downcast_ref(), Some(&"one"));
    let tried = try_join!(async { panic!("two") }, async {
        sibling().await;
        Ok::<(), ()>(())
    });
    let ours = AssertUnwindSafe(async {
        let _: Result<((), ()), ()> = tried.await;
    })
    .catch_unwind()
    .await;
    assert_eq!(ours.unwrap_err().downcast_ref(), Some(&"two"));
    assert_eq!(finished.get(), 2);
}

#[tokio::test(start_paused = true)]
async fn s24_a_panic_that_comes_after_another_is_reported() {
    collect_reports();
    let both = join!(async { panic!("the first of s24") }, async {
        panic!("the second of s24")
    });
    let ours = AssertUnwindSafe(both).catch_unwind().await;
    assert_eq!(ours.unwrap_err().downcast_ref(), Some(&"the first of s24"));
    assert_eq!(reports_with(&["together.rs", "the second of s24"]), 1);

    let all = (0..3).map(async |n| -> Result<(), ()> { panic!("number {n} of s24") });
    let ours = AssertUnwindSafe(try_join_all(all)).catch_unwind().await;
    assert!(ours.is_err());
    assert_eq!(reports_with(&["together.rs", "number", "of s24"]), 2);
}

#[tokio::test(start_paused = true)]
async fn s24_an_error_that_a_panic_outranks_is_reported_and_one_that_follows_from_it_is_not() {
    struct First;
    struct After;
    struct FirstOfMany;
    collect_reports();
    let both = try_join!(async { Err::<(), _>(First) }, async {
        sleep(ms(1)).await;
        panic!("outranks it")
    });
    let ours = AssertUnwindSafe(async { both.await.map(|((), ())| ()) }).catch_unwind();
    let payload = ours.await.err().expect("the panic has gone on");
    assert_eq!(payload.downcast_ref(), Some(&"outranks it"));
    assert_eq!(
        reports_with(&["together.rs", "failed with a", "::First`"]),
        1
    );

    let both = try_join!(async { panic!("comes first") }, async {
        sleep(ms(1)).await;
        Err::<(), _>(After)
    });
    let ours = AssertUnwindSafe(async { both.await.map(|((), ())| ()) }).catch_unwind();
    assert!(ours.await.is_err());
    assert_eq!(reports_with(&["together.rs", "::After`"]), 0);

    let all = (0..3).map(async |n| {
        sleep(ms(n)).await;
        assert!(n < 2, "outranks those before it");
        Err::<(), _>(FirstOfMany)
    });
    let ours = AssertUnwindSafe(async { try_join_all(all).await.map(drop) }).catch_unwind();
    assert!(ours.await.is_err());
    assert_eq!(reports_with(&["together.rs", "::FirstOfMany`"]), 1);
}

#[tokio::test(start_paused = true)]
async fn s24_a_panic_that_cannot_go_on_is_reported() {
    collect_reports();
    let never = join!(
        async { panic!("kept by s24") },
        std::future::pending::<()>()
    );
    assert!(timeout(ms(1), assert_cancel_safe(never)).await.is_err());
    assert_eq!(reports_with(&["together.rs", "kept by s24"]), 1);
}

#[tokio::test(start_paused = true)]
async fn a_race_drops_its_losers_before_it_returns() {
    let dropped = Count::default();
    let guard = dropped.on_drop();
    let loser = assert_cancel_safe(async move {
        let _guard = guard;
        pending::<u32>().await
    });
    let mut race = pin!(race!(
        loser,
        assert_cancel_safe(async {
            sleep(ms(1)).await;
            7
        })
    ));
    assert_eq!((race.as_mut().await, dropped.get()), (7, 1));
}
