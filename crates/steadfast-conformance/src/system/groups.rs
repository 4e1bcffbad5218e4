//! Many children that are spawned at once and share tasks: each keeps the laws of a child that has a task of its own.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use steadfast_core::{Builder, CancelReason, FailureKind, FutureExt, TaskLocal, cancelled};

use super::ledger::{Ledger, drop_when, panic_of};
use super::misuse::shutdown::block_on;
use crate::probe::{Gate, OnDrop, Probe, Tally, many, yield_once};

static NAME: TaskLocal<&'static str> = TaskLocal::new();

crate::suite::cases! {
    system_groups_tests in system;

    /// Each of many children runs once, and the exit comes when the captures of all are gone.
    #[case("system/group-is-waited-for", must, laws = [1, 2])]
    fn group_is_waited_for<S>(fx: &Fixture<S>) {
        for count in [0, 1, 3, 65, many(2_000)] {
            let (ran, dropped) = (Tally::new(), Tally::new());
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let spawned = n.spawn_all((0..count).map(|number| {
                    let (runs, drops) = (ran.clone(), dropped.clone());
                    let captured = OnDrop::new(move || { drops.add(); });
                    async move {
                        let _captured = captured;
                        for _ in 0..number % 3 {
                            yield_once().await;
                        }
                        runs.add();
                    }
                }));
                assert!(spawned.is_ok());
            }));
            assert_eq!((ran.count(), dropped.count()), (count, count));
        }
    }

    /// They are counted and stand in the tree whether they have begun or not, in the order of all spawns, and go one by one.
    #[case("system/group-stands-in-the-tree", must, laws = [])]
    fn group_stands_in_the_tree<S>(fx: &Fixture<S>) {
        let crowd = many(300);
        let gates: Vec<_> = (0..=crowd).map(|_| Gate::new()).collect();
        let begun = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let all = gates.clone();
            let _at_the_end = OnDrop::new(move || all.iter().for_each(Gate::open));
            let before = gates[0].clone();
            n.named("before").spawn(async move { before.wait().await });
            let line = line!() + 1;
            n.spawn_all(gates[1..].iter().map(|gate| {
                let (begins, waits) = (begun.clone(), gate.clone());
                async move {
                    begins.add();
                    waits.wait().await;
                }
            }));
            let after = gates[0].clone();
            n.named("after").spawn(async move { after.wait().await });
            let many = format!("groups.rs:{line}");
            let shown = || {
                let tree = n.tree().to_string();
                let place = |text| tree.find(text).unwrap();
                assert!(place("before") < place(&many) && place(&many) < place("after"), "{tree}");
                tree.matches(&many).count()
            };
            assert_eq!(n.len(), crowd + 2);
            // Whoever is on the way to a seat this moment is not seen.
            assert!(shown() > crowd / 2);
            begun.reached(crowd).await;
            assert_eq!((n.len(), shown()), (crowd + 2, crowd));
            for (opened, gate) in gates[1..].iter().step_by(crowd / 6).enumerate() {
                gate.open();
                while n.len() > crowd + 1 - opened {
                    yield_once().await;
                }
                assert_eq!(shown(), crowd - 1 - opened);
            }
        }));
    }

    /// Whoever is woken is polled, and nobody else.
    #[case("system/group-polls-whoever-was-woken", must, laws = [])]
    fn group_polls_whoever_was_woken<S>(fx: &Fixture<S>) {
        let probes: Vec<_> = (0..many(200)).map(|_| Probe::new(&fx.faults())).collect();
        let (gate, woken) = (Gate::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (waits, counts) = (gate.clone(), woken.clone());
            let one = async move {
                waits.wait().await;
                counts.add();
            };
            let idle = probes.iter().map(|probe| {
                let region = probe.pending().or_cancelled();
                Box::pin(async { _ = region.await }) as Boxed
            });
            n.spawn_all(idle.chain([Box::pin(one) as Boxed]));
            for probe in &probes {
                probe.polls().reached(1).await;
            }
            gate.open();
            woken.reached(1).await;
            assert!(probes.iter().all(|probe| probe.polls().count() == 1));
            n.cancel("enough");
        }));
        assert!(probes.iter().all(|probe| probe.drops().count() == 1));
    }

    /// The first error asks all others to end, those that have not begun as well, and comes out when they have finished.
    #[case("system/group-ends-with-the-first-error", must, laws = [19, 46])]
    fn group_ends_with_the_first_error<S>(fx: &Fixture<S>) {
        let (crowd, asked) = (many(500), Tally::new());
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            n.spawn_all((0..crowd).map(|number| {
                let asked = asked.clone();
                async move {
                    if number == crowd / 4 {
                        return Err("broken");
                    }
                    if let CancelReason::Failed(_) = cancelled().await {
                        yield_once().await;
                        asked.add();
                    }
                    Ok(())
                }
            }));
            Ok(())
        }));
        let error = result.expect_err("a child has failed");
        assert_eq!((error.primary().error(), error.others().len()), (Some(&"broken"), 0));
        assert_eq!(asked.count(), crowd - 1);
        assert!(error.primary().child().location().file().ends_with("groups.rs"));
    }

    /// A panic goes on when all others have been asked to end and have finished.
    #[case("system/group-panics-after-everybody", capability(Unwind), laws = [49])]
    fn group_panics_after_everybody<S>(fx: &Fixture<S>) {
        let (crowd, ended) = (many(200), Tally::new());
        let text = panic_of(|| fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn_all((0..crowd).map(|number| {
                let ends = ended.clone();
                async move {
                    assert!(number != crowd / 2, "in the middle");
                    cancelled().await;
                    yield_once().await;
                    ends.add();
                }
            }));
        })));
        assert_eq!((text.as_str(), ended.count()), ("in the middle", crowd - 1));
    }

    /// A request reaches each of them, begun or not.
    #[case("system/group-sees-requests", must, laws = [63])]
    fn group_sees_requests<S>(fx: &Fixture<S>) {
        let (crowd, begun, asked) = (many(300), Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn_all((0..crowd).map(|_| {
                let (begins, asked) = (begun.clone(), asked.clone());
                async move {
                    begins.add();
                    if cancelled().await.to_string().contains("enough") {
                        asked.add();
                    }
                }
            }));
            begun.reached(10).await;
            n.cancel("enough");
        }));
        assert_eq!((begun.count(), asked.count()), (crowd, crowd));
    }

    /// Each cleans up before it has finished, and what is dropped half-way, too.
    #[case("system/group-cleans-up", must, laws = [244])]
    fn group_cleans_up<S>(fx: &Fixture<S>) {
        let (crowd, ledger) = (many(200), Ledger::default());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn_all((0..crowd).map(|number| {
                let ledger = ledger.clone();
                async move {
                    let _guard = ledger.guard("its own");
                    if number % 2 == 0 {
                        _ = async {
                            let _guard = ledger.guard("of the region");
                            pending::<()>().await;
                        }.or_cancelled().await;
                    }
                }
            }));
            n.cancel("enough");
        }));
        ledger.assert_all_closed_once(crowd + crowd / 2);
    }

    /// Children that block their threads keep nobody from beginning while there is a thread left.
    #[case("system/group-goes-on-beside-those-that-block", capability(Parallelism), laws = [])]
    fn group_goes_on_beside_those_that_block<S>(fx: &Fixture<S>) {
        let crowd = many(1_000);
        let blocking = fx.profile().threads() - 1;
        for first in [0, crowd / 2] {
            let others = Tally::new();
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                n.spawn_all((0..crowd).map(|number| {
                    let others = others.clone();
                    async move {
                        if (first..first + blocking).contains(&number) {
                            others.reached_blocking(crowd - blocking);
                        } else {
                            others.add();
                        }
                    }
                }));
            }));
            assert_eq!(others.count(), crowd - blocking);
        }
    }

    /// When their nursery is dropped, they are told, and the nursery around waits for them.
    #[case("system/group-is-adopted", must, laws = [297])]
    fn group_is_adopted<S>(fx: &Fixture<S>) {
        let (runtime, crowd) = (fx.runtime(), many(100));
        let (begun, told) = (Tally::new(), Tally::new());
        let (begins, tells) = (begun.clone(), told.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let inner = Builder::on(&runtime).run(async |n| {
                n.spawn_all((0..crowd).map(|_| {
                    let (begins, tells) = (begins.clone(), tells.clone());
                    async move {
                        begins.add();
                        if cancelled().await == CancelReason::Dropped {
                            yield_once().await;
                            tells.add();
                        }
                    }
                }));
                pending::<()>().await;
            });
            assert!(drop_when(inner, begun.reached(crowd)).await.is_none());
        }));
        assert_eq!(told.count(), crowd);
    }

    /// A runtime that goes down drops each of them once, begun or not, and the nursery says that they are lost: all but those that
    /// another thread was about to poll, which see that the nursery has failed, and may end by themselves.
    #[case("system/group-is-lost-at-shutdown", capability(Shutdown), laws = [298, 300])]
    fn group_is_lost_at_shutdown<S>(fx: &Fixture<S>) {
        let (crowd, begun, dropped) = (many(1_000), Tally::new(), Tally::new());
        let ended = Tally::new();
        let mut nursery = Box::pin(Builder::on(&fx.runtime()).try_run(async |n| {
            n.spawn_all((0..crowd).map(|_| {
                let (begins, ends, drops) = (begun.clone(), ended.clone(), dropped.clone());
                let guard = OnDrop::new(move || { drops.add(); });
                async move {
                    let _guard = guard;
                    begins.add();
                    _ = pending::<()>().or_cancelled().await;
                    ends.add();
                    Ok::<_, &str>(())
                }
            }));
            Ok(())
        }));
        let mut some_have_begun = pin!(begun.reached(1));
        fx.block_on(poll_fn(|cx| {
            assert!(nursery.as_mut().poll(cx).is_pending());
            some_have_begun.as_mut().poll(cx)
        }));
        fx.shutdown();
        dropped.reached_blocking(crowd);
        let error = block_on(nursery).expect_err("its children are lost");
        let mut failures = std::iter::once(error.primary()).chain(error.others());
        assert!(failures.all(|failure| matches!(failure.kind(), FailureKind::Lost)), "{error}");
        let lost = 1 + error.others().len();
        assert_eq!((lost + ended.count(), dropped.count()), (crowd, crowd));
    }

    /// A nursery that has returned hands all of them back, unpolled and in order.
    #[case("system/group-is-refused-after-close", must, laws = [217, 223])]
    fn group_is_refused_after_close<S>(fx: &Fixture<S>) {
        let n = fx.block_on(Builder::on(&fx.runtime()).run(async |n| n));
        let (sum, polled) = (Arc::new(AtomicUsize::new(0)), Tally::new());
        let all = (1..=100).map(|number| {
            let (sum, polled) = (sum.clone(), polled.clone());
            async move {
                polled.add();
                let before = sum.fetch_add(number, Ordering::Relaxed);
                assert_eq!(before, number * (number - 1) / 2);
            }
        });
        let back = n.spawn_all(all).into_refused().expect("closed");
        assert_eq!((back.len(), polled.count(), n.len()), (100, 0, 0));
        fx.block_on(async {
            for future in back {
                future.await;
            }
        });
        assert_eq!(sum.load(Ordering::Relaxed), 5_050);
        assert!(n.spawn_all(std::iter::empty::<Boxed>()).is_ok());
    }

    /// A child of a group spawns into the nursery, one and many, after the body has ended as well.
    #[case("system/group-spawns-in-turn", must, laws = [3, 219])]
    fn group_spawns_in_turn<S>(fx: &Fixture<S>) {
        let ran = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn_all((0..20).map(|_| {
                let (n, ran) = (n.clone(), ran.clone());
                async move {
                    yield_once().await;
                    let runs = ran.clone();
                    assert!(n.spawn(async move { _ = runs.add() }).is_ok());
                    let each = (0..10).map(|_| {
                        let runs = ran.clone();
                        async move { _ = runs.add() }
                    });
                    assert!(n.spawn_all(each).is_ok());
                }
            }));
        }));
        assert_eq!(ran.count(), 220);
    }

    /// Each sees what was bound at the spawn, and what is bound is let go before the nursery returns.
    #[case("system/group-inherits-locals", must, laws = [206])]
    fn group_inherits_locals<S>(fx: &Fixture<S>) {
        static HELD: TaskLocal<Arc<()>> = TaskLocal::new();
        let (crowd, held, seen) = (many(100), Arc::new(()), Tally::new());
        let nursery = Builder::on(&fx.runtime()).run(async |n| {
            let spawns = async {
                n.spawn_all((0..crowd).map(|_| {
                    let sees = seen.clone();
                    async move {
                        assert_eq!(NAME.get(), Some("at the spawn"));
                        yield_once().await;
                        HELD.with(|held| assert!(held.is_some()));
                        sees.add();
                    }
                }));
            };
            HELD.scope(held.clone(), NAME.scope("at the spawn", spawns)).await;
        });
        fx.block_on(nursery);
        assert_eq!((seen.count(), Arc::strong_count(&held)), (crowd, 1));
    }

    /// Under a limit, no more of them run at a time than it allows; a name is the name of each.
    #[case("system/group-keeps-limit-and-name", must, laws = [203])]
    fn group_keeps_limit_and_name<S>(fx: &Fixture<S>) {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (ran, shown) = (Tally::new(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).limit(3).run(async |n| {
            n.named("worker").spawn_all((0..50).map(|_| {
                let (running, most) = (running.clone(), most.clone());
                let (runs, waits) = (ran.clone(), shown.clone());
                async move {
                    waits.wait().await;
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    yield_once().await;
                    running.fetch_sub(1, Ordering::SeqCst);
                    runs.add();
                }
            }));
            assert_eq!(n.tree().to_string().matches("worker").count(), 50);
            shown.open();
        }));
        assert_eq!(ran.count(), 50);
        assert!(most.load(Ordering::SeqCst) <= 3);
    }

    /// Many at a time: as many as may run at once, and no more are there; the values are in the order of the items.
    #[case("system/map-keeps-its-limit", must, laws = [203])]
    fn map_keeps_its_limit<S>(fx: &Fixture<S>) {
        let items = LIMIT + many(1_000);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let begun = Tally::new();
        let call = Builder::on(&fx.runtime()).map_concurrent(0..items, LIMIT, |item| {
            let (now, most) = (now.clone(), most.clone());
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let leaves = now.clone();
            let captured = OnDrop::new(move || _ = leaves.fetch_sub(1, Ordering::SeqCst));
            let begins = begun.clone();
            async move {
                let _captured = captured;
                begins.add();
                // Nobody leaves before as many have begun as may.
                while begins.count() < LIMIT {
                    yield_once().await;
                }
                for _ in 0..item % 3 {
                    yield_once().await;
                }
                Ok::<_, &str>(item)
            }
        });
        let values = fx.block_on(call).expect("nothing fails");
        assert!(values.into_iter().eq(0..items));
        assert_eq!((most.load(Ordering::SeqCst), now.load(Ordering::SeqCst)), (LIMIT, 0));
    }

    /// Children that wait are woken when there is nothing to begin, and such as come late begin when nobody else is awake.
    #[case("system/map-wakes-whoever-rests", must, laws = [])]
    fn map_wakes_whoever_rests<S>(fx: &Fixture<S>) {
        let gates: Vec<_> = (0..LIMIT + 3).map(|_| Gate::new()).collect();
        let begun = Tally::new();
        let runtime = fx.runtime();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (opened, begins) = (gates.clone(), begun.clone());
            n.spawn(async move {
                begins.reached(LIMIT).await;
                // One goes, one comes, three times; each of the three waits until the others that have begun are idle.
                for (late, gate) in (LIMIT + 1..).zip(&opened[..3]) {
                    gate.open();
                    begins.reached(late).await;
                }
                opened.iter().for_each(Gate::open);
            });
            let call = Builder::on(&runtime).map_concurrent(gates.clone(), LIMIT, |gate| {
                let begins = begun.clone();
                async move {
                    begins.add();
                    gate.wait().await;
                    Ok::<_, &str>(())
                }
            });
            assert_eq!(call.await.expect("nothing fails").len(), LIMIT + 3);
        }));
    }

    /// When the call is dropped, those that it has begun are told, and finish with the nursery around; no further ones begin.
    #[case("system/map-is-adopted", must, laws = [297])]
    fn map_is_adopted<S>(fx: &Fixture<S>) {
        let (runtime, begun, told) = (fx.runtime(), Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let call = Builder::on(&runtime).map_concurrent(0..2 * LIMIT, LIMIT, |_| {
                let (begins, tells) = (begun.clone(), told.clone());
                async move {
                    begins.add();
                    if cancelled().await == CancelReason::Dropped {
                        yield_once().await;
                        tells.add();
                    }
                    Ok::<_, &str>(())
                }
            });
            assert!(drop_when(call, begun.reached(LIMIT)).await.is_none());
        }));
        assert_eq!((begun.count(), told.count()), (LIMIT, LIMIT));
    }

    /// A runtime that goes down drops those that it has been given, and the call says so, and takes no further item.
    #[case("system/map-is-lost-at-shutdown", capability(Shutdown), laws = [298, 300])]
    fn map_is_lost_at_shutdown<S>(fx: &Fixture<S>) {
        let (taken, begun, dropped) = (Tally::new(), Tally::new(), Tally::new());
        let mut call = Box::pin(Builder::on(&fx.runtime()).map_concurrent(0.., LIMIT, |_: u64| {
            taken.add();
            let (begins, drops) = (begun.clone(), dropped.clone());
            let guard = OnDrop::new(move || { drops.add(); });
            async move {
                let _guard = guard;
                begins.add();
                _ = pending::<()>().or_cancelled().await;
                Ok::<_, &str>(())
            }
        }));
        let mut some_have_begun = pin!(begun.reached(1));
        fx.block_on(poll_fn(|cx| {
            assert!(call.as_mut().poll(cx).is_pending());
            some_have_begun.as_mut().poll(cx)
        }));
        fx.shutdown();
        let error = block_on(call).expect_err("its children are lost");
        assert!(matches!(error.primary().kind(), FailureKind::Lost), "{error}");
        assert_eq!(dropped.count(), taken.count());
    }

    /// A child that blocks its thread holds up those with which it shares a task, and nobody else.
    #[case("system/map-goes-on-beside-one-that-blocks", capability(Parallelism), laws = [])]
    fn map_goes_on_beside_one_that_blocks<S>(fx: &Fixture<S>) {
        let items = LIMIT + many(1_000);
        let others = Tally::new();
        let call = Builder::on(&fx.runtime()).map_concurrent(0..items, LIMIT, |item| {
            let others = others.clone();
            async move {
                if item == 1 {
                    others.reached_blocking(items - IN_ONE_TASK);
                } else {
                    others.add();
                }
                Ok::<_, &str>(())
            }
        });
        assert_eq!(fx.block_on(call).expect("nothing fails").len(), items);
        assert_eq!(others.count(), items - 1);
    }
}

/// So many that they share tasks.
const LIMIT: usize = 70;
/// A 32nd of these.
const IN_ONE_TASK: usize = 3;

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;
