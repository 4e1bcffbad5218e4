//! Spawns that come too late, and those that race the end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use steadfast_core::{Builder, ChildState, StartError, checkpoint};

use crate::probe::{Gate, OnDrop, Probe, Tally, many, start, yield_once};

crate::suite::cases! {
    system_refused_tests in system;

    /// A nursery that has returned refuses every kind of spawn, and hands the future back: unpolled, whole, able to run.
    #[case("system/refused-after-close", must, laws = [217, 223])]
    fn refused_after_close<S>(fx: &Fixture<S>) {
        let n = fx.block_on(Builder::on(&fx.runtime()).run(async |n| n));
        assert!(n.is_closed());
        let probes = [0; 5].map(|_| Probe::new(&fx.faults()));
        fx.block_on(async {
            let [one, two, three, four, five] = &probes;
            let back: [Pin<Box<dyn Future<Output = ()> + Send>>; 4] = [
                Box::pin(n.spawn(one.ready()).into_refused().expect("closed")),
                Box::pin(n.spawn_background(two.ready()).into_refused().expect("closed")),
                Box::pin({
                    let refused = n.try_spawn(three.ready()).unwrap_err();
                    assert!(refused.is_closed() && !refused.is_cancelled() && !refused.is_full());
                    refused.into_inner()
                }),
                Box::pin({
                    let refused = n.spawn_when_free(four.ready()).await.unwrap_err();
                    assert!(refused.is_closed());
                    refused.into_inner()
                }),
            ];
            let until = n.spawn_until_cancelled(five.ready()).into_refused().expect("closed");
            assert!(probes.iter().all(|probe| (probe.polls().count(), probe.drops().count()) == (0, 0)));
            for future in back {
                future.await;
            }
            until.await;
        });
        assert!(probes.iter().all(|probe| (probe.polls().count(), probe.drops().count()) == (1, 1)));
        assert_eq!((n.len(), n.is_closed()), (0, true));
    }

    /// What a refused future captured survives the refusal.
    #[case("system/refused-keeps-captures", must, laws = [223])]
    fn refused_keeps_captures<S>(fx: &Fixture<S>) {
        let n = fx.block_on(Builder::on(&fx.runtime()).run(async |n| n));
        let (held, dropped) = (Arc::new("precious"), Tally::new());
        let (capture, counts) = (Arc::clone(&held), dropped.clone());
        let last = OnDrop::new(move || { counts.add(); });
        let back = n.spawn(async move {
            let _last = last;
            assert_eq!(*capture, "precious");
        }).into_refused().expect("closed");
        assert_eq!((Arc::strong_count(&held), dropped.count()), (2, 0));
        fx.block_on(back);
        assert_eq!((Arc::strong_count(&held), dropped.count()), (1, 1));
    }

    /// Handles and handshakes of refused children say so; nothing has run, and what they captured is gone.
    #[case("system/refused-shows-in-handles", must, laws = [217, 223])]
    fn refused_shows_in_handles<S>(fx: &Fixture<S>) {
        let n = fx.block_on(Builder::on(&fx.runtime()).run(async |n| n));
        let probes = [0; 2].map(|_| Probe::new(&fx.faults()));
        let held = Arc::new(());
        let (in_blocking, in_start) = (Arc::clone(&held), Arc::clone(&held));
        fx.block_on(async {
            let handles = [
                n.spawn_with_handle(probes[0].ready()),
                n.spawn_supervised(probes[1].ready()),
                n.spawn_blocking(move || drop(in_blocking)),
            ];
            for handle in handles {
                assert_eq!(handle.wait().await, ChildState::Lost);
                assert!(handle.await.unwrap_err().is_refused());
            }
            let started = n.start(|ready| async move {
                let _held = in_start;
                ready.report(7);
            });
            assert!(matches!(started.await, Err(StartError::Closed)));
        });
        assert!(probes.iter().all(|probe| (probe.polls().count(), probe.drops().count()) == (0, 1)));
        assert_eq!(Arc::strong_count(&held), 1);
    }

    /// A nursery that ended with an error refuses as one that ended well.
    #[case("system/refused-after-error", must, laws = [218])]
    fn refused_after_error<S>(fx: &Fixture<S>) {
        let mut kept = None;
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            kept = Some(n.clone());
            n.spawn(async { Err("broken") });
            Ok(())
        }));
        assert!(result.is_err());
        let n = kept.unwrap();
        assert!(n.try_spawn(async { Ok(()) }).unwrap_err().is_closed());
        assert!(n.spawn(async { Err("late") }).into_result().unwrap_err().is_closed());
    }

    /// A nursery that was asked to end is still open: `spawn` starts the child, which sees the request at its first mark;
    /// `try_spawn` hands the future back.
    #[case("system/refused-when-asked-to-end-only-by-try-spawn", must, laws = [220])]
    fn refused_when_asked_to_end_only_by_try_spawn<S>(fx: &Fixture<S>) {
        let (probe, began, gave_way) = (Probe::new(&fx.faults()), Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("enough");
            let (began, gave_way) = (began.clone(), gave_way.clone());
            let spawned = n.spawn(async move {
                began.add();
                if checkpoint().is_err() {
                    gave_way.add();
                }
            });
            assert!(spawned.is_ok());
            let refused = n.try_spawn(probe.ready()).unwrap_err();
            assert!(refused.is_cancelled() && !refused.is_closed());
            assert_eq!((probe.polls().count(), probe.drops().count()), (0, 0));
        }));
        assert_eq!((began.count(), gave_way.count()), (1, 1));
    }

    /// `try_spawn` finds the limit reached, hands the future back, and takes it when there is a place again.
    #[case("system/refused-when-full-only-by-try-spawn", must, laws = [203])]
    fn refused_when_full_only_by_try_spawn<S>(fx: &Fixture<S>) {
        let probe = Probe::new(&fx.faults());
        fx.block_on(Builder::on(&fx.runtime()).limit(1).run(async |n| {
            let go = Gate::new();
            let first = n.spawn_with_handle(go.wait());
            let refused = n.try_spawn(probe.ready()).unwrap_err();
            assert!(refused.is_full() && !refused.is_cancelled() && !refused.is_closed());
            go.open();
            first.await.unwrap();
            let mut back = Some(refused.into_inner());
            // The place is given back just after the handle has heard of the end.
            while let Some(future) = back.take() {
                if let Err(refused) = n.try_spawn(future) {
                    back = Some(refused.into_inner());
                    yield_once().await;
                }
            }
        }));
        assert_eq!((probe.polls().count(), probe.drops().count()), (1, 1));
    }

    /// A spawn that races the end of the last child is refused, or waited for; never accepted and forgotten.
    #[case("system/refused-or-joined-in-race-with-last-child", must, laws = [221])]
    fn refused_or_joined_in_race_with_last_child<S>(fx: &Fixture<S>) {
        for round in 0..many(500) {
            let (go, ran) = (Gate::new(), Tally::new());
            fx.block_on(async {
                let racer = Builder::on(&fx.runtime()).run(async |n| {
                    let (go, ends, ran) = (go.clone(), go.clone(), ran.clone());
                    let late = n.clone();
                    n.spawn(async move {
                        for _ in 0..round % 4 {
                            yield_once().await;
                        }
                        ends.open();
                    });
                    start(&fx.runtime(), async move {
                        if round % 3 > 0 {
                            go.wait().await;
                        }
                        late.spawn(async move {
                            yield_once().await;
                            ran.add();
                        }).is_ok()
                    })
                }).await;
                let ran_at_return = ran.count();
                let accepted = racer.wait().await.unwrap();
                assert_eq!(ran_at_return, usize::from(accepted), "round {round}");
            });
        }
    }

    /// A spawn that races a request: if the child was started, its failure comes out.
    #[case("system/refused-or-reported-in-race-with-request", must, laws = [222])]
    fn refused_or_reported_in_race_with_request<S>(fx: &Fixture<S>) {
        for round in 0..many(300) {
            let mut accepted = None;
            let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
                let asks = n.clone();
                let racer = start(&fx.runtime(), async move { asks.cancel("enough") });
                if round % 2 == 0 {
                    yield_once().await;
                }
                let spawned = n.try_spawn(async {
                    yield_once().await;
                    Err("broken")
                });
                accepted = Some(spawned.is_ok());
                racer.wait().await.unwrap();
                Ok(())
            }));
            let failed = result.err().and_then(|error| error.into_primary().into_error());
            assert_eq!(failed, accepted.unwrap().then_some("broken"), "round {round}");
        }
    }

    /// Counts as one of a nursery's children only what was accepted.
    #[case("system/refused-is-not-counted", must, laws = [223])]
    fn refused_is_not_counted<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).limit(1).run(async |n| {
            let go = Gate::new();
            n.spawn(go.wait());
            for _ in 0..3 {
                assert!(n.try_spawn(async {}).is_err());
            }
            assert_eq!((n.len(), n.is_empty()), (1, false));
            go.open();
        }));
    }
}
