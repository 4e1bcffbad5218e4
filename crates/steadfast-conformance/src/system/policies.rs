//! Policies over many children: plain code of the body, made of handles, which hold whatever the runtime.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use steadfast_core::{
    Builder, CancelReason, Child, ChildError, ChildState, FutureExt, Never, Nursery, Runtime,
    cancelled,
};

use super::ledger::{Oops, panic_of};
use crate::probe::{Gate, Tally, yield_once};

crate::suite::cases! {
    system_policies_tests in system;

    /// Handles that are polled together give their values in the order in which the children finished.
    #[case("system/policy-follows-completion", must, laws = [196])]
    fn policy_follows_completion<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let gates: Vec<_> = (0..4).map(|_| Gate::new()).collect();
            let mut children: Vec<_> = gates.iter().enumerate().map(|(number, gate)| {
                let wait = gate.wait();
                n.spawn_with_handle(async move {
                    wait.await;
                    number
                })
            }).collect();
            for finishes in [2, 0, 3, 1] {
                gates[finishes].open();
                assert_eq!(next(&mut children).await.expect("one is left").unwrap(), finishes);
            }
            assert!(next(&mut children).await.is_none());
        }));
    }

    /// Whoever leaves such an iteration early asks the rest to end, and the nursery waits for it.
    #[case("system/policy-left-early-awaits-the-rest", must, laws = [197])]
    fn policy_left_early_awaits_the_rest<S>(fx: &Fixture<S>) {
        let (asked, ended) = (Tally::new(), Tally::new());
        let first = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let mut children: Vec<_> = (0..3).map(|_| {
                let (asked, ended) = (asked.clone(), ended.clone());
                n.spawn_with_handle(async move {
                    if matches!(cancelled().await, CancelReason::Requested(_)) {
                        asked.add();
                    }
                    yield_once().await;
                    ended.add();
                    "slow"
                })
            }).collect();
            children.push(n.spawn_with_handle(async { "quick" }));
            let first = next(&mut children).await.expect("one is left").unwrap();
            n.cancel("one is enough");
            first
        }));
        assert_eq!((first, asked.count(), ended.count()), ("quick", 3, 3));
    }

    /// Any success will do: failures before it are put up with, and the first success asks the rest to end.
    #[case("system/policy-any-takes-the-first-success", must, laws = [198])]
    fn policy_any_takes_the_first_success<S>(fx: &Fixture<S>) {
        let gave_way = Tally::new();
        let outcome = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let failed = Tally::new();
            let mut children: Vec<_> = ["one", "two"].into_iter().map(|text| {
                let failed = failed.clone();
                n.spawn_with_handle(async move {
                    failed.add();
                    Err(text)
                })
            }).collect();
            let both = failed.reached(2);
            children.push(n.spawn_with_handle(async move {
                both.await;
                Ok(7)
            }));
            for _ in 0..2 {
                let gives_way = gave_way.clone();
                children.push(n.spawn_with_handle(async move {
                    let region = pending().or_cancelled().await;
                    gives_way.add();
                    region.map_err(|_| "gave way")
                }));
            }
            any(&n, children).await
        }));
        assert_eq!((outcome, gave_way.count()), (Ok(7), 2));
    }

    /// If all fail, every error is there, in the order of completion.
    #[case("system/policy-any-keeps-every-failure", must, laws = [199])]
    fn policy_any_keeps_every_failure<S>(fx: &Fixture<S>) {
        let outcome = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let turns = Tally::new();
            let children: Vec<_> = [2, 0, 1].into_iter().map(|turn| {
                let (turn_comes, turns) = (turns.reached(turn), turns.clone());
                n.spawn_supervised(async move {
                    turn_comes.await;
                    turns.add();
                    Err::<(), _>(turn)
                })
            }).collect();
            any(&n, children).await
        }));
        let mut errors = outcome.expect_err("all have failed");
        // Two that finish at the same time may be seen in either order; none is missing.
        errors.sort_unstable();
        assert_eq!(errors, [0, 1, 2]);
    }

    /// A body that says stop asks each of the rest to end, and knows the state of every child.
    #[case("system/policy-until-knows-every-state", must, laws = [201])]
    fn policy_until_knows_every_state<S>(fx: &Fixture<S>) {
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let mut children = vec![n.spawn_with_handle(async { Ok(1) }), n.spawn_with_handle(async { Ok(2) })];
            for _ in 0..2 {
                children.push(n.spawn_with_handle(async {
                    pending().or_cancelled().await.map_err(|_| Oops("gave way"))
                }));
            }
            for child in &children[..2] {
                child.wait().await;
            }
            let enough = children.iter().filter(|child| child.is_finished()).count() == 2;
            assert!(enough, "nobody has asked the others to end");
            for child in &children {
                child.cancel("two are enough");
            }
            let mut states = Vec::new();
            for child in &children {
                states.push(child.wait().await);
            }
            Ok::<_, Oops>(states)
        }));
        let states = outcome.expect("children that gave way have not failed");
        assert_eq!(states, [ChildState::Done, ChildState::Done, ChildState::Cancelled, ChildState::Cancelled]);
    }

    /// A policy that panics hangs nobody: the children are asked to end because the body failed, and the panic comes out.
    #[case("system/policy-that-panics-hangs-nobody", capability(Unwind), laws = [202])]
    fn policy_that_panics_hangs_nobody<S>(fx: &Fixture<S>) {
        let asked = Tally::new();
        let text = panic_of(|| fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let mut children: Vec<_> = (0..3).map(|_| {
                let asked = asked.clone();
                n.spawn_with_handle(async move {
                    if cancelled().await == CancelReason::BodyFailed {
                        asked.add();
                    }
                    0
                })
            }).collect();
            children.push(n.spawn_with_handle(async { 7 }));
            let first = next(&mut children).await.expect("one is left").unwrap();
            assert!(first < 7, "the policy is broken");
        })));
        assert_eq!((text.as_str(), asked.count()), ("the policy is broken", 3));
    }
}

/// The next of `children` that has finished, which is taken out; none if none is left.
async fn next<T>(children: &mut Vec<Child<T>>) -> Option<Result<T, ChildError>> {
    if children.is_empty() {
        return None;
    }
    let next = poll_fn(|cx| {
        for at in 0..children.len() {
            if let Poll::Ready(result) = Pin::new(&mut children[at]).poll(cx) {
                drop(children.swap_remove(at));
                return Poll::Ready(result);
            }
        }
        Poll::Pending
    });
    Some(next.await)
}

/// The first success, which asks everybody else to end; or every failure.
async fn any<T, E, R: Runtime>(
    n: &Nursery<Never, R>,
    mut children: Vec<Child<Result<T, E>>>,
) -> Result<T, Vec<E>> {
    let mut errors = Vec::new();
    while let Some(ended) = next(&mut children).await {
        match ended.expect("these children return") {
            Ok(value) => {
                n.cancel("one has succeeded");
                return Ok(value);
            }
            Err(error) => errors.push(error),
        }
    }
    Err(errors)
}
