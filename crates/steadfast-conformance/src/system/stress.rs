//! Races, repeated, and crowds: many children, deep nesting, long lives.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use steadfast_core::{
    Builder, CancelReason, CancelScope, ChildState, FutureExt, Never, Nursery, Runtime, cancelled,
};

use self::factor::{much, spread};
use crate::probe::{Gate, Tally, many, start, yield_once};
use crate::system::exit::glance;

mod factor;
pub(super) mod matrix;

crate::suite::cases! {
    system_stress_tests in system;

    /// With 0 to 15 children spawned before the one that fails, and 0 to 15 after it, all are asked to end and waited for.
    #[case("system/stress-cancel-matrix", must, laws = [266])]
    fn stress_cancel_matrix<S>(fx: &Fixture<S>) {
        for (before, after) in spread(256).map(|cell| (cell / 16, cell % 16)) {
            let (asked, ended) = (Tally::new(), Tally::new());
            let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
                let waits = |number| {
                    let (asked, ended) = (asked.clone(), ended.clone());
                    n.spawn(async move {
                        if let CancelReason::Failed(_) = cancelled().await {
                            asked.add();
                        }
                        if number % 2 == 0 {
                            yield_once().await;
                        }
                        ended.add();
                        Ok(())
                    });
                };
                (0..before).for_each(&waits);
                n.spawn(async { Err("broken") });
                (0..after).for_each(&waits);
                Ok(())
            }));
            let error = result.expect_err("a child has failed");
            assert_eq!((error.primary().error(), error.others().len()), (Some(&"broken"), 0));
            let all = before + after;
            assert_eq!((asked.count(), ended.count()), (all, all), "{before} before, {after} after");
        }
    }

    /// A failure that races the parent on its way to the exit ends the nursery with the error, every time.
    #[case("system/stress-failure-races-exit", must, laws = [267])]
    fn stress_failure_races_exit<S>(fx: &Fixture<S>) {
        for round in 0..much(2_000) {
            let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
                n.spawn(async move { Err(round) });
                let waits = n.spawn_with_handle(async {
                    _ = pending::<()>().or_cancelled().await;
                    Ok(())
                });
                if round % 3 == 0 {
                    waits.wait().await;
                }
                Ok(())
            }));
            assert_eq!(result.unwrap_err().into_primary().into_error(), Some(round));
        }
    }

    /// Completion and request race: the handle gets a value or hears of the request, never both, never neither.
    #[case("system/stress-completion-races-request", must, laws = [269])]
    fn stress_completion_races_request<S>(fx: &Fixture<S>) {
        let (values, requests, dropped) = (Tally::new(), Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for round in 0..much(2_000) {
                let go = Gate::new();
                let (waits, token) = (go.wait(), Counted(dropped.clone()));
                let child = n.spawn_with_handle(async move {
                    waits.or_cancelled().await.map(|()| token)
                });
                let opener = start(&fx.runtime(), async move {
                    go.open();
                });
                if round % 2 == 0 {
                    yield_once().await;
                }
                child.cancel("enough");
                match child.await.expect("it returned, one way or another") {
                    Ok(_token) => values.add(),
                    Err(_given_way) => requests.add(),
                };
                assert_eq!(values.count() + requests.count(), round + 1);
                assert_eq!(dropped.count(), round + 1, "the value was lost, or came twice");
                opener.wait().await.unwrap();
            }
        }));
    }

    /// A child that fails and one that succeeds race: the error comes out every time, and the other has its end.
    #[case("system/stress-failure-races-success", must, laws = [270])]
    fn stress_failure_races_success<S>(fx: &Fixture<S>) {
        for round in 0..much(1_000) {
            let succeeded = Tally::new();
            let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
                for fails in [round % 2 == 0, round % 2 == 1] {
                    let succeeded = succeeded.clone();
                    n.spawn(async move {
                        if fails {
                            return Err(round);
                        }
                        succeeded.add();
                        Ok(())
                    });
                }
                Ok(())
            }));
            assert_eq!(result.unwrap_err().into_primary().into_error(), Some(round));
            assert_eq!(succeeded.count(), 1);
        }
    }

    /// Requests that come at once and requests that come later each end in one of the outcomes that are allowed.
    #[case("system/stress-early-and-late-requests", must, laws = [274])]
    fn stress_early_and_late_requests<S>(fx: &Fixture<S>) {
        for round in 0..much(500) {
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let steps = Arc::new(AtomicUsize::new(0));
                let counts = Arc::clone(&steps);
                let child = n.spawn_with_handle(async move {
                    for _ in 0..3 {
                        counts.fetch_add(1, Ordering::SeqCst);
                        yield_once().or_cancelled().await?;
                    }
                    Ok::<_, steadfast_core::Cancelled>(())
                });
                for _ in 0..round % 5 {
                    yield_once().await;
                }
                child.cancel("enough");
                assert_eq!(child.wait().await, ChildState::Done);
                let gave_way = child.await.unwrap().is_err();
                let steps = steps.load(Ordering::SeqCst);
                assert!(matches!((gave_way, steps), (true, 1..=3) | (false, 3)), "{gave_way}, {steps}");
            }));
        }
    }

    /// Ten thousand children at once all run, and are waited for.
    #[case("system/stress-many-children", must, laws = [1])]
    fn stress_many_children<S>(fx: &Fixture<S>) {
        let (ran, go) = (Tally::new(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for _ in 0..much(10_000) {
                let (ran, go) = (ran.clone(), go.clone());
                n.spawn(async move {
                    if !go.is_open() {
                        yield_once().await;
                    }
                    ran.add();
                });
            }
            assert!(n.len() <= much(10_000));
            go.open();
        }));
        assert_eq!(ran.count(), much(10_000));
    }

    /// 256 children that each begin a line of 1,024, every one of which spawns the next: all run once, and all are waited for.
    #[case("system/stress-wide-and-deep", must, laws = [268])]
    fn stress_wide_and_deep<S>(fx: &Fixture<S>) {
        let (wide, deep) = (much(256), many(1_024));
        let (begun, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for _ in 0..wide {
                line(&n, deep, &begun, &ended);
            }
        }));
        let counts = [begun, ended].map(|count| count.load(Ordering::SeqCst));
        assert_eq!(counts, [wide * deep; 2], "begun, ended");
    }

    /// Ten thousand nurseries inside each other are asked to end by the outermost, without an overflow of the stack.
    #[case("system/stress-deep-nesting", must, laws = [161], isolated)]
    fn stress_deep_nesting<S>(fx: &Fixture<S>) {
        let (depth, bottom, ended) = (much(10_000), Gate::new(), Tally::new());
        let scope = CancelScope::new();
        let handle = scope.handle();
        fx.block_on(scope.run(async {
            let mut run = pin!(descend(fx.runtime(), depth, bottom.clone(), ended.clone()));
            while !bottom.is_open() {
                assert!(glance(run.as_mut()).await.is_pending());
                yield_once().await;
            }
            handle.cancel("enough");
            run.await;
        }));
        assert_eq!(ended.count(), depth + 1);
    }

    /// Ten thousand nurseries inside each other end when the outermost is dropped, without an overflow of the stack, and the
    /// nursery around them waits for all.
    #[case("system/stress-deep-nesting-dropped", must, laws = [161], isolated)]
    fn stress_deep_nesting_dropped<S>(fx: &Fixture<S>) {
        let (depth, bottom, ended) = (much(10_000), Gate::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let mut run = Box::pin(descend(fx.runtime(), depth, bottom.clone(), ended.clone()));
            while !bottom.is_open() {
                assert!(glance(run.as_mut()).await.is_pending());
                yield_once().await;
            }
            drop(run);
        }));
        // The outermost never gets to its own end: it was dropped.
        assert_eq!(ended.count(), depth);
    }

    /// A nursery that lives long and serves many short children keeps nothing of those that have finished.
    #[case("system/stress-memory-follows-live-children", must, laws = [16])]
    fn stress_memory_follows_live_children<S>(fx: &Fixture<S>) {
        let (shared, ended) = (Arc::new(()), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for batch in 1..=much(1_000) {
                for _ in 0..much(100) {
                    let (held, ended) = (Arc::clone(&shared), ended.clone());
                    n.spawn(async move {
                        let _held = held;
                        ended.add();
                    });
                }
                ended.reached(batch * much(100)).await;
                // The count is the last thing that a child does; whoever has counted is about to go.
                while !n.is_empty() {
                    yield_once().await;
                }
                assert_eq!(Arc::strong_count(&shared), 1, "finished children hold on to their captures");
                assert_eq!(n.tree().len(), 1, "finished children are in the tree");
            }
        }));
        assert_eq!(ended.count(), much(1_000) * much(100));
    }
}

/// A child that spawns a child, `left` times. Its end is counted when its captures go.
fn line<R: Runtime>(
    n: &Nursery<Never, R>,
    left: usize,
    begun: &Arc<AtomicUsize>,
    ended: &Arc<AtomicUsize>,
) {
    if left == 0 {
        return;
    }
    let (next, begins) = (n.clone(), Arc::clone(begun));
    let end = CountsEnd(Arc::clone(ended));
    n.spawn(async move {
        begins.fetch_add(1, Ordering::SeqCst);
        line(&next, left - 1, &begins, &end.0);
    });
}

/// Counts when it goes.
struct CountsEnd(Arc<AtomicUsize>);

impl Drop for CountsEnd {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A nursery whose child opens a nursery, and so on. The task at the bottom waits to be asked to end.
fn descend<R: Runtime>(
    runtime: R,
    depth: usize,
    bottom: Gate,
    ended: Tally,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if depth == 0 {
            bottom.open();
            cancelled().await;
        } else {
            let (inner, ended) = (runtime.clone(), ended.clone());
            // On a machine that is busy, each of the exits would draw all that is below it.
            let builder = Builder::on(&runtime).slow_exit(Duration::MAX);
            let nursery = builder.run(async move |n| {
                n.spawn(descend(inner, depth - 1, bottom, ended));
            });
            nursery.await;
        }
        ended.add();
    })
}

/// Counts its drop.
struct Counted(Tally);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.add();
    }
}
