//! Nurseries inside each other: who owns what, also where one is carried out of its place.
#![expect(
    clippy::async_yields_async,
    reason = "a nursery that has not ended is a value that is carried out"
)]

use std::error::Error;
use std::fmt;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use steadfast_core::{
    Builder, CancelReason, ChildState, NurseryError, Runtime, cancelled, checkpoint, is_cancelled,
};

use super::ledger::{Door, Ledger, Oops, drop_when, poll_once};
use crate::probe::{Gate, OnDrop, Probe, Tally, yield_once};

crate::suite::cases! {
    system_misplaced_tests in system;

    /// A nursery that was begun inside another and carried out of it does no harm: the other closes and says so, and the carried
    /// one goes on where it is polled.
    #[case("system/nested-and-carried-out-goes-on", must, laws = [156])]
    fn nested_and_carried_out_goes_on<S>(fx: &Fixture<S>) {
        let (rt, go) = (fx.runtime(), Gate::new());
        let (carried, outer) = fx.block_on(Builder::on(&rt).run(async |outer| {
            let wait = go.wait();
            let mut inner = Box::pin(Builder::on(&rt).run(async move |n| {
                n.spawn_with_handle(async move {
                    wait.await;
                    7
                }).await
            }));
            assert!(poll_once(&mut inner).await.is_pending());
            (inner, outer)
        }));
        assert!(outer.is_closed() && outer.is_empty());
        assert!(outer.try_spawn(async {}).expect_err("it has returned").is_closed());
        go.open();
        assert_eq!(fx.block_on(carried).unwrap(), 7);
    }

    /// A nursery that was carried out of its place and dropped there: its children are told that it was, clean up, and the root
    /// waits for them.
    #[case("system/nested-and-dropped-out-of-place-cleans-up", must, laws = [157, 158], isolated)]
    fn nested_and_dropped_out_of_place_cleans_up<S>(fx: &Fixture<S>) {
        let (rt, ledger, told) = (fx.runtime(), Ledger::default(), Arc::new(Mutex::new(None)));
        let (inside, tells, begun, over) = (ledger.clone(), Arc::clone(&told), Gate::new(), Gate::new());
        Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            let waits = over.clone();
            let _last = OnDrop::new(move || over.open());
            let carried = Builder::on(&rt).run(async |_outer| {
                let begins = begun.clone();
                let mut inner = Box::pin(Builder::on(&rt).run(async move |n| {
                    n.spawn(async move {
                        let _guard = inside.guard("db");
                        begins.open();
                        let reason = cancelled().await;
                        // Not before the program's own code is over, and well after.
                        waits.wait().await;
                        for _ in 0..100 {
                            yield_once().await;
                        }
                        *tells.lock().unwrap() = Some(reason);
                    });
                    pending::<()>().await;
                }));
                assert!(poll_once(&mut inner).await.is_pending());
                begun.wait().await;
                inner
            }).await;
            drop(carried);
        });
        assert_eq!(told.lock().unwrap().take(), Some(CancelReason::Dropped));
        ledger.assert_all_closed_once(1);
    }

    /// Inside a nursery that was dropped, another one begins no conditional child, and an unconditional one sees the request at
    /// its first mark.
    #[case("system/nested-in-a-dropped-one-begins-nothing", must, laws = [155])]
    fn nested_in_a_dropped_one_begins_nothing<S>(fx: &Fixture<S>) {
        let (rt, begun, probe) = (fx.runtime(), Gate::new(), Probe::new(&fx.faults()));
        let (refused, marked) = (Tally::new(), Tally::new());
        fx.block_on(Builder::on(&rt).run(async |_| {
            let outer = Builder::on(&rt).run(async |n| {
                let (own, begins, work) = (rt.clone(), begun.clone(), probe.ready());
                let (refuses, marks) = (refused.clone(), marked.clone());
                n.spawn(async move {
                    Builder::on(&own).run(async |inner| {
                        begins.open();
                        cancelled().await;
                        if inner.try_spawn(work).is_err_and(|refused| refused.is_cancelled()) {
                            refuses.add();
                        }
                        inner.spawn(async move {
                            if checkpoint().is_err() {
                                marks.add();
                            }
                        });
                    }).await;
                });
                pending::<()>().await;
            });
            assert!(drop_when(outer, begun.wait()).await.is_none());
        }));
        assert_eq!((refused.count(), marked.count()), (1, 1));
        assert_eq!((probe.polls().count(), probe.drops().count()), (0, 1));
    }

    /// A child that an inner nursery's body spawns into the outer one by its handle belongs to the outer: the inner one neither
    /// waits for it nor asks it to end.
    #[case("system/nested-spawn-outwards-belongs-outside", must, laws = [162])]
    fn nested_spawn_outwards_belongs_outside<S>(fx: &Fixture<S>) {
        let (rt, go, ended) = (fx.runtime(), Gate::new(), Tally::new());
        fx.block_on(Builder::on(&rt).run(async |outer| {
            let (outwards, waits) = (outer.clone(), go.clone());
            let (ends, faults) = (ended.clone(), fx.faults());
            Builder::on(&rt).run(async |inner| {
                inner.cancel("the inner one alone");
                outwards.spawn(async move {
                    waits.wait().await;
                    faults.expect(!is_cancelled(), "the inner request reached a child of the outer nursery");
                    ends.add();
                });
            }).await;
            assert_eq!((outer.len(), ended.count()), (1, 0));
            go.open();
        }));
        assert_eq!(ended.count(), 1);
    }

    /// An error that passes through many nurseries arrives as the original, and the chain of causes leads to it and ends.
    #[case("system/nested-error-is-the-original", must, laws = [164])]
    fn nested_error_is_the_original<S>(fx: &Fixture<S>) {
        let bottom = Arc::new(());
        let error = fx.block_on(climb(fx.runtime(), LEVELS, Arc::clone(&bottom))).expect_err("it failed at the bottom");
        let (mut links, mut last): (usize, &(dyn Error + 'static)) = (0, &error);
        while let Some(cause) = last.source() {
            (links, last) = (links + 1, cause);
            assert!(links <= 2 * LEVELS, "the chain of causes is a cycle");
        }
        assert_eq!(links, 2 * LEVELS);
        match last.downcast_ref::<Deep>() {
            Some(Deep::Bottom(original)) => assert!(Arc::ptr_eq(original, &bottom)),
            _ => panic!("the last cause is another error: {last}"),
        }
    }

    /// A child whose own code is over and whose inner nursery waits has not finished; what fails in there is its failure.
    #[case("system/nested-wait-keeps-the-child-unfinished", must, laws = [166])]
    fn nested_wait_keeps_the_child_unfinished<S>(fx: &Fixture<S>) {
        let (rt, over, go) = (fx.runtime(), Gate::new(), Gate::new());
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let (ends, waits) = (over.clone(), go.clone());
            let child = n.named("middle").spawn_with_handle(async move {
                let inner = Builder::on(&rt).try_run(async |inner| {
                    inner.spawn(async move {
                        waits.wait().await;
                        Err(Oops("late"))
                    });
                    ends.open();
                    Ok(())
                });
                inner.await.map_err(|error| error.into_error().expect("an error, not a panic"))
            });
            over.wait().await;
            for _ in 0..5 {
                yield_once().await;
                assert_eq!((child.state(), child.is_finished()), (ChildState::Running, false));
            }
            go.open();
            assert_eq!(child.wait().await, ChildState::Failed);
            Ok(())
        }));
        let error = outcome.expect_err("its child failed");
        assert_eq!((error.primary().error(), error.primary().child().name()), (Some(&Oops("late")), Some("middle")));
        assert_eq!(error.others().len(), 0);
    }
}

const LEVELS: usize = 50;

/// An error with a history.
enum Deep {
    Bottom(Arc<()>),
    Below(NurseryError<Deep>),
}

impl fmt::Debug for Deep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deep")
    }
}

impl fmt::Display for Deep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deep")
    }
}

impl Error for Deep {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Bottom(_) => None,
            Self::Below(error) => Some(error),
        }
    }
}

/// Fails in a child of a child of a child.
fn climb<R: Runtime>(
    rt: R,
    levels: usize,
    bottom: Arc<()>,
) -> Pin<Box<dyn Future<Output = Result<(), Deep>> + Send>> {
    Box::pin(async move {
        if levels == 0 {
            return Err(Deep::Bottom(bottom));
        }
        let inside = rt.clone();
        let nursery = Builder::on(&rt).try_run(async move |n| {
            n.spawn(climb(inside, levels - 1, bottom));
            Ok(())
        });
        nursery.await.map_err(Deep::Below)
    })
}
