//! Trials of one scenario on a core that is broken on purpose: every fault is noticed, and without one nothing is.
//!
//! A planted fault is one of the whole process, which is why this test has a process of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use steadfast_core::faults::{Fault, plant};
use steadfast_core::{AsyncDrop, AsyncDropGuard, Builder, FutureExt, cancelled, settle, yield_now};
use steadfast_sim::Policy;
use steadfast_sim::kit::{Explored, Gate, Tally, Trial, Trials};

/// What must be even at the end.
#[derive(Default)]
struct World {
    guarded: Tally,
    cleaned: Tally,
    begun: Tally,
    completed: Tally,
}

fn look(trial: &Trial<World>) {
    let World {
        guarded,
        cleaned,
        begun,
        completed,
    } = trial.world();
    assert_eq!(guarded.count(), cleaned.count(), "guards and clean-ups");
    assert_eq!(begun.count(), completed.count(), "shielded work");
    // A wake that is missing would be made up for by the next timer.
    let elapsed = trial.runtime().elapsed();
    assert_eq!(elapsed, Duration::ZERO, "nothing here waits for a time");
}

/// Its clean-up takes a while, and is counted.
struct Guarded(Trial<World>);

impl AsyncDrop for Guarded {
    async fn async_drop(self: Pin<&mut Self>) {
        yield_now().await;
        self.0.world().cleaned.add();
    }
}

fn guard(trial: &Trial<World>) -> AsyncDropGuard<Guarded> {
    trial.world().guarded.add();
    AsyncDropGuard::new(Guarded(trial.clone()))
}

/// A capture of a child: it must be gone when the nursery has returned.
struct Capture(Trial<World>, Gate);

impl Drop for Capture {
    fn drop(&mut self) {
        let early = !self.1.is_open();
        self.0
            .faults()
            .expect(early, "a capture outlived its nursery");
    }
}

/// Children that clean up, that hold a shield, that wait for a request, and that fail.
async fn scenario(trial: Trial<World>) {
    let returned = Gate::new();
    let outcome = Builder::on(trial.runtime()).try_run(async |n| {
        let (inside, capture) = (trial.clone(), Capture(trial.clone(), returned.clone()));
        n.spawn(async move {
            let (_capture, _guard) = (capture, guard(&inside));
            let part = async {
                inside.world().begun.add();
                yield_now().await;
                yield_now().await;
                inside.world().completed.add();
            };
            async { part.shielded().await }.or_cancelled().await.ok();
            Ok(())
        });
        n.spawn(async {
            cancelled().await;
            Err("after the request")
        });
        n.spawn(async {
            yield_now().await;
            Err("before it")
        });
        drop(guard(&trial));
        settle().await;
        Ok(())
    });
    let error = outcome.await.expect_err("children fail");
    returned.open();
    let kept = 1 + error.others().count() + error.after_cancel().count();
    trial.faults().expect(kept == 2, "an error was lost");
    let panics = Builder::on(trial.runtime()).collect_panics();
    let panics = panics.try_run(async |n| {
        n.spawn(async { panic!("expected: the child's") });
        Ok::<(), ()>(())
    });
    trial
        .faults()
        .expect(panics.await.is_err(), "a panic was lost");
    // A value that is there when the request comes is taken.
    let value = std::future::ready(()).or_cancelled().await;
    trial.faults().expect(value.is_ok(), "a value was lost");
}

fn explore(policy: Policy, workers: usize) -> [Explored; 2] {
    let trials = || {
        let trials = Trials::new().seeds(3).policy(policy).workers(workers);
        trials.world(World::default)
    };
    [
        trials().drop_at_every_poll(scenario, look),
        trials().cancel_at_every_poll(scenario, look),
    ]
}

#[test]
fn every_fault_is_noticed_and_a_sound_core_passes() {
    for &policy in Policy::ALL {
        for workers in [1, 3] {
            for explored in explore(policy, workers) {
                assert!(explored.polls() >= 5, "{policy:?}: {explored:?}");
            }
        }
    }
    for &fault in Fault::ALL {
        plant(Some(fault));
        let explored = catch_unwind(AssertUnwindSafe(|| explore(Policy::Random, 1)));
        plant(None);
        assert!(explored.is_err(), "{fault:?} was not noticed");
    }
}
