//! Nurseries that are dropped before their end: nothing is lost, and somebody waits.
//!
//! No other system has these laws, because no other language can drop a scope that runs.

use std::future::pending;
use std::pin::Pin;
use std::task::{Context, Poll};

use steadfast_core::{AnyRuntime, Builder, FutureExt, closing, settle};

use super::ledger::{Ledger, drop_when, panic_of, poll_once};
use crate::probe::{CountingWaker, Gate, OnDrop, Tally, yield_once};

crate::suite::cases! {
    system_drops_tests in system;

    /// A nursery that is dropped unpolled has run nothing, and has dropped what it captured.
    #[case("system/drop-unpolled", must, laws = [295])]
    fn drop_unpolled<S>(fx: &Fixture<S>) {
        let (ran, dropped) = (Tally::new(), Tally::new());
        let (runs, drops) = (ran.clone(), dropped.clone());
        let captured = OnDrop::new(move || { drops.add(); });
        drop(Builder::on(&fx.runtime()).run(async move |n| {
            let (_captured, runs_too) = (captured, runs.clone());
            runs.add();
            n.spawn(async move { runs_too.add(); });
        }));
        assert_eq!((ran.count(), dropped.count()), (0, 1));
    }

    /// A nursery is dropped after any number of polls: every child ends, every destructor and every clean-up runs once, and
    /// the enclosing nursery returns after all of it.
    #[case("system/drop-at-every-poll", must, laws = [296])]
    fn drop_at_every_poll<S>(fx: &Fixture<S>) {
        let mut polls = 0;
        loop {
            let (world, runtime) = (World::default(), AnyRuntime::new(fx.runtime()));
            let ended = fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
                poll_at_most(polls, Builder::on(&runtime).run(|n| scenario(n, world.clone()))).await
            }));
            world.assert_quiet(polls);
            if ended {
                break;
            }
            polls += 1;
        }
        assert!(polls > 4, "the scenario is meant to take several polls, not {polls}");
    }

    /// The same for two nurseries, one inside the other, in a child: the inner one goes to the one that outlives both.
    #[case("system/drop-at-every-poll-inside-a-child", must, laws = [296])]
    fn drop_at_every_poll_inside_a_child<S>(fx: &Fixture<S>) {
        let mut polls = 0;
        loop {
            let (world, runtime) = (World::default(), AnyRuntime::new(fx.runtime()));
            let inside = world.clone();
            let ended = fx.block_on(Builder::on(&fx.runtime()).run(async |outer| {
                outer.spawn_with_handle(async move {
                    let middle = Builder::on(&runtime).run(async |_| {
                        Builder::on(&runtime).run(|n| scenario(n, inside.clone())).await;
                    });
                    poll_at_most(polls, middle).await
                }).await.unwrap()
            }));
            world.assert_quiet(polls);
            if ended {
                break;
            }
            polls += 1;
        }
        assert!(polls > 4, "the scenario is meant to take several polls, not {polls}");
    }

    /// A runtime that goes down drops the task of a nursery and its children: each is dropped once, and nothing hangs.
    #[case("system/drop-at-shutdown", capability(Shutdown), laws = [298, 300])]
    fn drop_at_shutdown<S>(fx: &Fixture<S>) {
        let (runtime, started, dropped) = (fx.runtime(), Tally::new(), Tally::new());
        let (starts, drops) = (started.clone(), dropped.clone());
        fx.spawn(async move {
            let work = move || {
                let (starts, drops) = (starts.clone(), drops.clone());
                let guard = OnDrop::new(move || { drops.add(); });
                async move {
                    let _guard = guard;
                    starts.add();
                    pending::<()>().await;
                }
            };
            Builder::on(&runtime).run(async move |n| {
                for _ in 0..10 {
                    n.spawn(work());
                }
                work().await;
            }).await;
        });
        fx.block_on(started.reached(11));
        fx.shutdown();
        dropped.reached_blocking(11);
        assert_eq!(dropped.count(), 11);
    }

    /// A nursery that is polled with another waker wakes that one, and no longer the first.
    #[case("system/drop-of-wakers-that-are-stale", must, laws = [302])]
    fn drop_of_wakers_that_are_stale<S>(fx: &Fixture<S>) {
        let gate = Gate::new();
        let waits = gate.clone();
        let mut nursery = Box::pin(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn(async move { waits.wait().await });
        }));
        let (stale, fresh) = (CountingWaker::new(), CountingWaker::new());
        for counting in [&stale, &fresh] {
            let waker = counting.waker();
            assert!(nursery.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        gate.open();
        fx.block_on(async {
            while fresh.wakes() == 0 {
                yield_once().await;
            }
        });
        assert_eq!(stale.wakes(), 0);
        fx.block_on(nursery);
    }

    /// Polls that nobody asked for are harmless at any time; one after the end is refused with words that say so.
    #[case("system/drop-after-spurious-polls", capability(Unwind), laws = [303])]
    fn drop_after_spurious_polls<S>(fx: &Fixture<S>) {
        let (gate, ran) = (Gate::new(), Tally::new());
        let (waits, runs) = (gate.clone(), ran.clone());
        let mut nursery = Box::pin(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn(async move {
                waits.wait().await;
                runs.add();
            });
            yield_once().await;
            7
        }));
        let value = fx.block_on(async {
            for _ in 0..100 {
                assert!(poll_once(&mut nursery).await.is_pending());
            }
            gate.open();
            (&mut nursery).await
        });
        assert_eq!((value, ran.count()), (7, 1));
        let text = panic_of(|| fx.block_on(poll_once(&mut nursery)));
        assert!(text.contains("polled after it had returned"), "{text}");
    }

    /// What must complete is finished by the nursery if it is dropped half-way, and only then: not unpolled, not twice.
    #[case("system/drop-of-what-must-complete", must, laws = [])]
    fn drop_of_what_must_complete<S>(fx: &Fixture<S>) {
        let (begun, ended, gate) = (Tally::new(), Tally::new(), Gate::new());
        let work = || {
            let (begins, ends, waits) = (begun.clone(), ended.clone(), gate.clone());
            async move {
                begins.add();
                waits.wait().await;
                ends.add();
            }
        };
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            drop(work().must_complete());
            assert!(n.is_empty());
            let half_way = work().must_complete();
            assert!(drop_when(half_way, yield_once()).await.is_none());
            assert_eq!((n.len(), begun.count(), ended.count()), (1, 1, 0));
            gate.open();
            let mut completed = work().must_complete();
            (&mut completed).await;
            drop(completed);
        }));
        assert_eq!((begun.count(), ended.count()), (2, 2));
    }
}

/// What becomes of the children and resources of [`scenario`].
#[derive(Clone, Debug, Default)]
struct World {
    ledger: Ledger,
    made: Tally,
    dropped: Tally,
}

impl World {
    /// Something whose destructor is counted.
    fn token(&self) -> OnDrop<impl FnOnce() + use<>> {
        let drops = self.dropped.clone();
        self.made.add();
        OnDrop::new(move || {
            drops.add();
        })
    }

    #[track_caller]
    fn assert_quiet(&self, polls: usize) {
        let (made, dropped) = (self.made.count(), self.dropped.count());
        assert_eq!(made, dropped, "made and dropped after {polls} polls");
        self.ledger.assert_all_closed();
    }
}

/// A body that needs several polls and leaves something behind wherever it is dropped: running children, sleeping ones, a
/// nested nursery, a bracket, clean-ups that are owed, work that must complete, and captures that were never used.
async fn scenario<R: steadfast_core::Runtime>(
    n: steadfast_core::Nursery<steadfast_core::Never, R>,
    world: World,
) {
    let _local = world.ledger.guard("body");
    let first = child(&world);
    n.spawn_until_cancelled(first);
    yield_once().await;
    let steps = Tally::new();
    for _ in 0..2 {
        let (token, inside, counts) = (world.token(), world.clone(), steps.clone());
        n.spawn(async move {
            let (_token, _guard) = (token, inside.ledger.guard("child"));
            counts.add();
            yield_once().await;
            drop(inside.ledger.guard("owed by a child"));
            counts.add();
        });
    }
    steps.reached(2).await;
    drop(world.ledger.guard("owed by the body"));
    settle().await;
    let (inside, runtime) = (world.clone(), n.runtime().clone());
    let nested = n.spawn_with_handle(async move {
        Builder::on(&runtime)
            .run(async |deep| {
                deep.spawn_until_cancelled(child(&inside));
                let bracket = closing(inside.ledger.resource("bracket"), async |_db| {
                    yield_once().await
                });
                bracket.await;
                deep.cancel("enough");
            })
            .await;
    });
    steps.reached(4).await;
    let (token, world_too) = (world.token(), world.clone());
    async move {
        let _token = token;
        yield_once().await;
        yield_once().await;
        drop(world_too.ledger.guard("must complete"));
    }
    .must_complete()
    .await;
    nested.await.ok();
    closing(world.ledger.resource("bracket of the body"), async |_db| {
        yield_once().await
    })
    .await;
    n.cancel("enough");
}

/// A child that sleeps until it is asked to end.
fn child(world: &World) -> impl Future<Output = ()> + Send + use<> {
    let (token, guard) = (world.token(), world.ledger.guard("sleeping child"));
    async move {
        let (_token, _guard) = (token, guard);
        pending::<()>().await;
    }
}

/// Polls `future` at most `polls` times, each time when it was woken, and drops it. `true` if it had ended by then.
async fn poll_at_most<F: Future<Output = ()>>(polls: usize, future: F) -> bool {
    let mut future = Box::pin(future);
    let mut left = polls;
    std::future::poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        let ended = Pin::new(&mut future).poll(cx).is_ready();
        if ended || left == 0 {
            return Poll::Ready(ended);
        }
        Poll::Pending
    })
    .await
}
