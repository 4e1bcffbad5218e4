//! Where two promises meet: shields and clean-ups, clean-ups and children, grace and work that was taken over.

use std::future::pending;

use steadfast_core::{
    Builder, CancelReason, CancelScope, FutureExt, cancelled, is_cancelled, settle, shutdown,
    try_join,
};

use super::cancel::text;
use super::ledger::{CleanUp, Door};
use crate::probe::{Gate, OnDrop, Tally, yield_once};

crate::suite::cases! {
    system_interplay_tests in system;

    /// A clean-up of the body that has begun goes on while a child lives that waits for it.
    #[case("system/clean-up-that-feeds-a-child-goes-on", must, laws = [])]
    fn clean_up_that_feeds_a_child_goes_on<S>(fx: &Fixture<S>) {
        let (fed, eaten) = (Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (feeds, eats) = (fed.clone(), eaten.clone());
            let _last = CleanUp::guard(move || async move {
                let (food, done) = (feeds.clone(), eats.clone());
                n.spawn(async move {
                    for bite in 1..=3 {
                        food.reached(bite).await;
                        done.add();
                    }
                });
                for bite in 1..=3 {
                    feeds.add();
                    eats.reached(bite).await;
                }
            });
        }));
        assert_eq!((fed.count(), eaten.count()), (3, 3));
    }

    /// A part of a `try_join!` that gives way to a request of its own ends the whole: the others are asked to end, and awaited.
    #[case("system/part-that-gives-way-ends-the-whole", must, laws = [47]; scope)]
    fn part_that_gives_way_ends_the_whole<S>(fx: &Fixture<S>) {
        let ended = Tally::new();
        let whole = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let part = CancelScope::new();
            part.handle().cancel("this part alone");
            let gives_way = part.run(async { pending::<()>().or_cancelled().await });
            let other = async {
                let asked = pending::<()>().or_cancelled().await;
                yield_once().await;
                ended.add();
                asked
            };
            let whole = try_join!(other, gives_way).await;
            assert!(!n.is_cancelled() && !is_cancelled(), "who is around was not asked");
            whole
        }));
        let cancelled = whole.expect_err("no part has a value");
        assert_eq!((text(Some(cancelled.reason())), ended.count()), (Some("this part alone"), 1));
    }

    /// Work that a nursery took over is finished, although grace drops the child that it came from.
    #[case("system/taken-over-work-outlives-grace", capability(Timers), laws = [])]
    fn taken_over_work_outlives_grace<S>(fx: &Fixture<S>) {
        let (aborted, finished) = (Gate::new(), Tally::new());
        let builder = Builder::on(&fx.runtime()).grace(std::time::Duration::from_millis(1));
        fx.block_on(builder.run(async |n| {
            let (opens, waits, ends) = (aborted.clone(), aborted.clone(), finished.clone());
            let begun = Gate::new();
            let begins = begun.clone();
            n.spawn(async move {
                let _aborted = OnDrop::new(move || opens.open());
                let rest = async move {
                    waits.wait().await;
                    yield_once().await;
                    ends.add();
                };
                let mut rest = Box::pin(rest.must_complete());
                std::future::poll_fn(|cx| {
                    assert!(rest.as_mut().poll(cx).is_pending());
                    std::task::Poll::Ready(())
                })
                .await;
                drop(rest);
                begins.open();
                pending::<()>().await;
            });
            begun.wait().await;
            n.cancel("enough");
        }));
        assert_eq!(finished.count(), 1);
    }

    /// A shield in the body of a nursery holds for the region around that nursery.
    #[case("system/shield-in-a-nursery-holds-around-it", must, laws = [134, 146])]
    fn shield_in_a_nursery_holds_around_it<S>(fx: &Fixture<S>) {
        let (begun, go, finished) = (Gate::new(), Gate::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (runtime, begins, waits, ends) = (fx.runtime(), begun.clone(), go.clone(), finished.clone());
            n.spawn_until_cancelled(async move {
                Builder::on(&runtime).run(async |_| {
                    let critical = async {
                        begins.open();
                        waits.wait().await;
                        ends.add();
                    };
                    critical.shielded().await;
                }).await;
            });
            begun.wait().await;
            n.cancel("enough");
            // Turns in which a region that does not hold gives way.
            for _ in 0..20 {
                yield_once().await;
            }
            go.open();
        }));
        assert_eq!(finished.count(), 1);
    }

    /// A shutdown asks the root and everything below to end, with that reason, and the root waits.
    #[case("system/shutdown-asks-every-root", must, laws = [55], isolated)]
    fn shutdown_asks_every_root<S>(fx: &Fixture<S>) {
        let runtime = fx.runtime();
        let reason = Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            Builder::on(&runtime).run(async |n| {
                let child = n.spawn_with_handle(cancelled());
                yield_once().await;
                shutdown();
                child.await.ok()
            }).await
        });
        assert_eq!(reason, Some(CancelReason::Shutdown));
    }

    /// A shield inside of a clean-up holds no region up once the clean-up is done.
    #[case("system/shield-in-a-clean-up-is-its-own", must, laws = [134, 247])]
    fn shield_in_a_clean_up_is_its_own<S>(fx: &Fixture<S>) {
        let dropped = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (settled, counts) = (Gate::new(), dropped.clone());
            let opens = settled.clone();
            n.spawn_until_cancelled(async move {
                let _region = OnDrop::new(move || _ = counts.add());
                drop(CleanUp::guard(|| async { yield_once().shielded().await }));
                settle().await;
                opens.open();
                pending::<()>().await;
            });
            settled.wait().await;
            n.cancel("enough");
        }));
        assert_eq!(dropped.count(), 1);
    }
}
