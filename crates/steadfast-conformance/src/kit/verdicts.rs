//! Failures that nobody can swallow, and values that are lost rather than waited for.

use crate::probe::{Faults, Lost, OnDrop, Sequencer, Tally, start};

crate::suite::cases! {
    kit_verdicts_tests in kit;

    /// A step out of order, or a last step that is missing, fails the case although the task that noticed was swallowed.
    #[case("kit/swallowed-failure-still-fails", must, laws = [292])]
    fn swallowed_failure_still_fails<S>(fx: &Fixture<S>) {
        let apart = Faults::default();
        let (swapped, unfinished) = (apart.steps(2), apart.steps(2));
        let task = start(&fx.runtime(), async move {
            swapped.reach(2);
            swapped.reach(1);
            unfinished.reach(1);
        });
        fx.block_on(task.wait()).unwrap();
        assert_eq!(
            apart.list(),
            [
                "step 2 came as number 1",
                "step 1 came as number 2",
                "only 1 of 2 steps were reached",
            ]
        );
    }

    /// Tasks that take turns run in the order of the turns, however the runtime schedules them.
    #[case("kit/sequencer-orders-tasks", must, laws = [])]
    fn sequencer_orders_tasks<S>(fx: &Fixture<S>) {
        let (turns, steps) = (Sequencer::new(), fx.faults().steps(8));
        let tasks: Vec<_> = (0..8).rev().map(|number| {
            let (turns, steps) = (turns.clone(), steps.clone());
            start(&fx.runtime(), async move {
                let _turn = turns.turn(number).await;
                steps.reach(number + 1);
            })
        }).collect();
        fx.block_on(async {
            for task in tasks {
                task.wait().await.unwrap();
            }
        });
    }

    /// Whoever waits for a task that the runtime drops is told, instead of waiting for ever.
    #[case("kit/dropped-task-is-reported-lost", capability(Shutdown), laws = [])]
    fn dropped_task_is_reported_lost<S>(fx: &Fixture<S>) {
        let dropped = Tally::new();
        let guard = OnDrop::new({ let dropped = dropped.clone(); move || { dropped.add(); } });
        let task = start(&fx.runtime(), async move {
            let _guard = guard;
            std::future::pending::<()>().await
        });
        fx.shutdown();
        let mut wait = std::pin::pin!(task.wait());
        dropped.reached_blocking(1);
        let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert_eq!(wait.as_mut().poll(context), std::task::Poll::Ready(Err(Lost)));
    }
}
