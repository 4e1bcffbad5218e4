//! What a dropped nursery leaves behind: its children are told, adopted by the nursery around or by the root, and awaited.
#![expect(
    clippy::async_yields_async,
    reason = "a nursery that has not ended is a value that is handed out"
)]

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use steadfast_core::{Builder, CancelReason, Report, Runtime, cancelled};

use super::ledger::{Door, Oops, Reports, drop_when, poll_once};
use crate::probe::{Gate, OnDrop, Tally, many, start, yield_once};

crate::suite::cases! {
    system_drops_adopted_tests in system;

    /// A nursery that loses a `select!` tells its children so, with the reason, and the enclosing nursery waits for them.
    #[case("system/drop-by-a-foreign-select", must, laws = [297])]
    fn drop_by_a_foreign_select<S>(fx: &Fixture<S>) {
        let (runtime, seen, started) = (fx.runtime(), Reasons::default(), Gate::new());
        let (inside, opens) = (seen.clone(), started.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |outer| {
            let inner = Builder::on(&runtime).run(async |n| {
                n.spawn(async move {
                    opens.open();
                    inside.note(cancelled().await);
                });
                pending::<()>().await;
            });
            assert!(drop_when(inner, started.wait()).await.is_none());
            assert!(!outer.is_cancelled());
        }));
        assert_eq!(seen.list(), [CancelReason::Dropped]);
    }

    /// A nursery that runs into a timeout of the host does the same.
    #[case("system/drop-by-a-host-timeout", capability(Timers), laws = [297])]
    fn drop_by_a_host_timeout<S>(fx: &Fixture<S>) {
        let (runtime, seen) = (fx.runtime(), Reasons::default());
        let inside = seen.clone();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let timer = runtime.sleep_until(runtime.now() + Duration::from_millis(1));
            let inner = Builder::on(&runtime).run(async |n| {
                n.spawn(async move {
                    let reason = cancelled().await;
                    yield_once().await;
                    inside.note(reason);
                });
                pending::<()>().await;
            });
            assert!(drop_when(inner, timer).await.is_none());
        }));
        assert_eq!(seen.list(), [CancelReason::Dropped]);
    }

    /// A child that does not obey keeps the enclosing nursery waiting, not the drop; the hold goes with the last child.
    #[case("system/drop-holds-the-enclosing-nursery", must, laws = [297])]
    fn drop_holds_the_enclosing_nursery<S>(fx: &Fixture<S>) {
        let (runtime, first, second, ended) = (fx.runtime(), Gate::new(), Gate::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |outer| {
            let mut handles = Vec::new();
            let inner = Builder::on(&runtime).run(async |n| {
                for gate in [&first, &second] {
                    let (waits, ends) = (gate.clone(), ended.clone());
                    handles.push(n.spawn_with_handle(async move {
                        waits.wait().await;
                        ends.add();
                    }));
                }
                pending::<()>().await;
            });
            assert!(drop_when(inner, yield_once()).await.is_none());
            assert_eq!((outer.len(), ended.count()), (1, 0), "an adopted nursery counts as one");
            let opens_second = second.clone();
            first.open();
            handles.remove(0).await.unwrap();
            assert_eq!((outer.len(), ended.count()), (1, 1), "the last child is still there");
            // From a task that the outer nursery does not own.
            start(&runtime, async move {
                yield_once().await;
                opens_second.open();
            });
        }));
        assert_eq!(ended.count(), 2);
    }

    /// A nursery is dropped with the nursery around it: the one around both waits for the children of both.
    #[case("system/drop-of-two-nurseries", must, laws = [297])]
    fn drop_of_two_nurseries<S>(fx: &Fixture<S>) {
        let (runtime, seen, started) = (fx.runtime(), Reasons::default(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let child = || {
                let (inside, starts) = (seen.clone(), started.clone());
                async move {
                    starts.add();
                    let reason = cancelled().await;
                    yield_once().await;
                    inside.note(reason);
                }
            };
            let middle = Builder::on(&runtime).run(async |middle| {
                middle.spawn(child());
                Builder::on(&runtime).run(async |inner| {
                    inner.spawn(child());
                    pending::<()>().await;
                }).await;
            });
            assert!(drop_when(middle, started.reached(2)).await.is_none());
        }));
        assert_eq!(seen.list(), [CancelReason::Dropped, CancelReason::Dropped]);
    }

    /// A nursery that outlives the one in which it was opened, and is dropped then: the next one around adopts its children.
    #[case("system/drop-after-its-parent", must, laws = [297])]
    fn drop_after_its_parent<S>(fx: &Fixture<S>) {
        let (runtime, ended, gate) = (fx.runtime(), Tally::new(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |outer| {
            let (waits, ends) = (gate.clone(), ended.clone());
            let orphan = Builder::on(&runtime).run(async |_| {
                let mut inner = Box::pin(Builder::on(&runtime).run(async move |n| {
                    n.spawn(async move {
                        waits.wait().await;
                        ends.add();
                    });
                    pending::<()>().await;
                }));
                assert!(poll_once(&mut inner).await.is_pending());
                inner
            }).await;
            drop(orphan);
            let adopted = outer.len();
            gate.open();
            assert_eq!(adopted, 1);
        }));
        assert_eq!(ended.count(), 1);
    }

    /// The same where everybody between has closed, however many, and nothing is left of them but their place in the tree.
    #[case("system/drop-after-all-its-parents", must, laws = [297])]
    fn drop_after_all_its_parents<S>(fx: &Fixture<S>) {
        let (ended, gate) = (Tally::new(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |outer| {
            let mut orphan = nest(fx.runtime(), many(10_000), gate.clone(), ended.clone());
            for _ in 0..many(10_000) {
                orphan = orphan.0.await;
            }
            assert!(poll_once(&mut orphan.0).await.is_pending());
            drop(orphan);
            let adopted = outer.len();
            gate.open();
            assert_eq!(adopted, 1);
        }));
        assert_eq!(ended.count(), 1);
    }

    /// A nursery that was opened in a plain task of the runtime and is dropped there: the root adopts its children.
    #[case("system/drop-under-the-root", must, laws = [297], isolated)]
    fn drop_under_the_root<S>(fx: &Fixture<S>) {
        let (reports, runtime, seen, started) =
            (Reports::collect(), fx.runtime(), Reasons::default(), Gate::new());
        let inside = seen.clone();
        Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            let own = runtime.clone();
            let task = start(&runtime, async move {
                let opens = started.clone();
                let nursery = Builder::on(&own).run(async |n| {
                    n.spawn(async move {
                        opens.open();
                        let reason = cancelled().await;
                        yield_once().await;
                        inside.note(reason);
                    });
                    pending::<()>().await;
                });
                assert!(drop_when(nursery, started.wait()).await.is_none());
            });
            task.wait().await.unwrap();
        });
        assert_eq!(seen.list(), [CancelReason::Dropped]);
        assert_eq!(reports.count(|_| true), 0);
    }

    /// Without anybody around, a dropped nursery still asks its children to end, and says that nobody waits for them.
    #[case("system/drop-without-anybody-around", must, laws = [], isolated)]
    fn drop_without_anybody_around<S>(fx: &Fixture<S>) {
        let (reports, seen, ended) = (Reports::collect(), Reasons::default(), Tally::new());
        let (inside, ends, proceed) = (seen.clone(), ended.clone(), Gate::new());
        let waits = proceed.clone();
        fx.block_on(async {
            let nursery = Builder::on(&fx.runtime()).name("orphan").run(async |n| {
                n.spawn(async move {
                    inside.note(cancelled().await);
                    waits.wait().await;
                    ends.add();
                });
                pending::<()>().await;
            });
            assert!(drop_when(nursery, yield_once()).await.is_none());
            proceed.open();
            ended.reached(1).await;
        });
        assert_eq!(seen.list(), [CancelReason::Dropped]);
        let told = |report: &Report| matches!(report, Report::NotAdopted { nursery, children: 1 }
            if nursery.name() == Some("orphan"));
        assert_eq!(reports.count(told), 1);
    }

    /// The errors of adopted children are not lost: they are reported.
    #[case("system/drop-then-child-fails", must, laws = [], isolated)]
    fn drop_then_child_fails<S>(fx: &Fixture<S>) {
        let (reports, runtime) = (Reports::collect(), fx.runtime());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let inner = Builder::on(&runtime).try_run(async |n| {
                n.named("late").spawn(async {
                    cancelled().await;
                    Err(Oops("late"))
                });
                pending::<Result<(), Oops>>().await
            });
            assert!(drop_when(inner, yield_once()).await.is_none());
        }));
        let told = |report: &Report| matches!(report, Report::Unreturned { child, .. }
            if child.name() == Some("late"));
        assert_eq!(reports.count(told), 1);
    }

    /// The panics of adopted children are not lost: they are reported, or go on from the nursery that adopted them.
    #[case("system/drop-then-child-panics", capability(Unwind), laws = [], isolated)]
    fn drop_then_child_panics<S>(fx: &Fixture<S>) {
        let (reports, runtime) = (Reports::collect(), fx.runtime());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let inner = Builder::on(&runtime).run(async |n| {
                n.named("late").spawn(async {
                    cancelled().await;
                    panic!("too late");
                });
                pending::<()>().await;
            });
            assert!(drop_when(inner, yield_once()).await.is_none());
        }));
        let told = |report: &Report| matches!(report, Report::Unreturned { child, what }
            if child.name() == Some("late") && what.contains("too late"));
        assert_eq!(reports.count(told), 1);
    }

    /// A body whose destructor panics while its nursery is dropped: the children are adopted all the same, and it is reported.
    #[case("system/drop-with-a-panicking-destructor", capability(Unwind), laws = [296], isolated)]
    fn drop_with_a_panicking_destructor<S>(fx: &Fixture<S>) {
        let (reports, runtime, ended) = (Reports::collect(), fx.runtime(), Tally::new());
        let ends = ended.clone();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let inner = Builder::on(&runtime).run(async |n| {
                n.spawn(async move {
                    cancelled().await;
                    ends.add();
                });
                let _bomb = OnDrop::new(|| panic!("in a destructor"));
                pending::<()>().await;
            });
            assert!(drop_when(inner, yield_once()).await.is_none());
        }));
        assert_eq!(ended.count(), 1);
        let told = |report: &Report| matches!(report, Report::Unreturned { what, .. }
            if what.contains("in a destructor"));
        assert_eq!(reports.count(told), 1);
    }

    /// A nursery that is leaked with `mem::forget` hangs nothing, and the root reports its children when it ends.
    #[case("system/drop-that-never-comes", must, laws = [301], isolated)]
    fn drop_that_never_comes<S>(fx: &Fixture<S>) {
        let (reports, runtime) = (Reports::collect(), fx.runtime());
        let waiting = Gate::new();
        Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            let opens = waiting.clone();
            let mut leaked = Box::pin(Builder::on(&runtime).name("leaked").run(async move |n| {
                n.spawn(async move {
                    opens.open();
                    pending::<()>().await;
                });
                pending::<()>().await;
            }));
            assert!(poll_once(&mut leaked).await.is_pending());
            std::mem::forget(leaked);
            waiting.wait().await;
        });
        let told = |report: &Report| matches!(report, Report::NotAdopted { nursery, children: 1 }
            if nursery.name() == Some("leaked"));
        assert_eq!(reports.count(told), 1);
    }
}

/// Reasons that children saw.
#[derive(Clone, Debug, Default)]
struct Reasons(Arc<Mutex<Vec<CancelReason>>>);

impl Reasons {
    fn note(&self, reason: CancelReason) {
        self.0.lock().unwrap().push(reason);
    }

    fn list(&self) -> Vec<CancelReason> {
        self.0.lock().unwrap().clone()
    }
}

/// A nursery that has been opened and has not ended.
struct Nest(Pin<Box<dyn Future<Output = Nest> + Send>>);

/// A nursery that opens another one inside and returns that. The last of them has a child, and does not return.
fn nest<R: Runtime>(runtime: R, left: usize, gate: Gate, ended: Tally) -> Nest {
    Nest(Box::pin(async move {
        let inside = runtime.clone();
        let nursery = Builder::on(&runtime).run(async move |n| {
            yield_once().await;
            if left == 0 {
                n.spawn(async move {
                    gate.wait().await;
                    ended.add();
                });
                return pending().await;
            }
            let mut inner = nest(inside, left - 1, gate, ended);
            // Opened here, so that this nursery is the one around it.
            assert!(poll_once(&mut inner.0).await.is_pending());
            inner
        });
        nursery.await
    }))
}
