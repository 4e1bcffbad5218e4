//! The same rule for every way to start a child.

use std::time::Duration;

use steadfast_core::{
    Builder, CancelReason, CancelScope, FutureExt, Nursery, Runtime, cancelled, with_deadline,
};

use super::mistake::Mistake;
use crate::probe::{Tally, yield_once};

crate::suite::cases! {
    system_ways_tests in system;

    /// Whichever way a child is started, its error fails the nursery and ends its siblings.
    #[case("system/errors-count-for-every-kind-of-child", must, laws = [45])]
    fn errors_count_for_every_kind_of_child<S>(fx: &Fixture<S>) {
        for (way, spawn) in ways::<S>() {
            fails_by(fx, way, async |n| spawn(n));
        }
        fails_by(fx, "spawn_when_free", async |n| {
            assert!(n.spawn_when_free(async { Err(Mistake("broken")) }).await.is_ok());
        });
        fails_by(fx, "start", async |n| {
            let started = n.start(|ready| async move {
                ready.report(7);
                yield_once().await;
                Err(Mistake("broken"))
            });
            match started.await {
                Ok(7) => {}
                other => panic!("the child has reported ready: {other:?}"),
            }
        });
    }

    /// The error of blocking work fails the nursery and ends its siblings, as any child's.
    #[case("system/errors-count-for-blocking-work", capability(Blocking), laws = [45]; scope)]
    fn errors_count_for_blocking_work<S>(fx: &Fixture<S>) {
        fails_by(fx, "spawn_blocking", async |n| {
            let _handle = n.spawn_blocking(|| Err::<(), _>(Mistake("broken")));
        });
    }
}

type Way<R> = (&'static str, fn(&Nursery<Mistake, R>));

/// Every way of spawning that needs no waiting, each with a child that fails.
fn ways<R: Runtime>() -> Vec<Way<R>> {
    async fn fails() -> Result<(), Mistake> {
        yield_once().await;
        Err(Mistake("broken"))
    }
    vec![
        ("spawn", |n| assert!(n.spawn(fails()).is_ok())),
        ("spawn_until_cancelled", |n| {
            assert!(n.spawn_until_cancelled(fails()).is_ok());
        }),
        ("spawn_background", |n| {
            assert!(n.spawn_background(fails()).is_ok());
        }),
        ("spawn_with_handle", |n| drop(n.spawn_with_handle(fails()))),
        ("try_spawn", |n| assert!(n.try_spawn(fails()).is_ok())),
        ("named", |n| assert!(n.named("one").spawn(fails()).is_ok())),
        ("with_deadline", |n| {
            let hour = Duration::from_secs(3_600);
            assert!(n.spawn(with_deadline(hour, fails())).is_ok());
        }),
        ("scope", |n| {
            assert!(n.spawn(CancelScope::new().run(fails())).is_ok());
        }),
        ("shielded", |n| assert!(n.spawn(fails().shielded()).is_ok())),
        ("nursery", |n| {
            let runtime = n.runtime().clone();
            n.spawn(async move {
                let inner = Builder::on(&runtime).try_run(async |n| {
                    n.spawn(fails());
                    Ok(())
                });
                let error = inner.await.unwrap_err();
                Err(error
                    .into_primary()
                    .into_error()
                    .expect("the child's own error"))
            });
        }),
    ]
}

/// A nursery with a sibling that waits, and whatever `spawn` starts, which fails.
fn fails_by<R: Runtime>(
    fx: &crate::Fixture<R>,
    way: &str,
    spawn: impl AsyncFn(&Nursery<Mistake, R>),
) {
    let asked = Tally::new();
    let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
        let asked = asked.clone();
        n.spawn(async move {
            if let CancelReason::Failed(_) = cancelled().await {
                asked.add();
            }
            Ok(())
        });
        spawn(&n).await;
        // Not before the failure: a background child would be asked to end by the end of the foreground.
        cancelled().await;
        Ok(())
    }));
    let error = result.expect_err(way);
    assert_eq!(error.primary().error(), Some(&Mistake("broken")), "{way}");
    assert_eq!((asked.count(), error.others().len()), (1, 0), "{way}");
}
