//! The marks: what each of them does under a request, and that a value comes first.

use std::future::{pending, ready};
use std::pin::pin;
use std::task::Poll;

use steadfast_core::{
    Builder, CancelScope, Cancelled, ChildState, FutureExt, cancel_reason, cancelled, checkpoint,
    current_deadline, is_cancelled,
};

use super::{Problem, poll_with, text};
use crate::probe::{CountingWaker, Gate, Probe, Tally, yield_once};

crate::suite::cases! {
    system_cancel_marks_tests in system;

    /// Under a request, a region that has nothing to give and a checkpoint tell; code behind a shield is not told.
    #[case("system/marks-tell-and-shields-do-not", must, laws = [64]; scope)]
    fn marks_tell_and_shields_do_not<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            assert!(checkpoint().is_ok() && !is_cancelled() && cancel_reason().is_none());
            n.cancel("enough");
            assert!(is_cancelled() && checkpoint().is_err());
            assert!(pending::<()>().or_cancelled().await.is_err());
            assert_eq!(Some(cancelled().await), n.cancel_reason());
            let inside = async {
                yield_once().or_cancelled().await.is_ok() && checkpoint().is_ok() && !is_cancelled()
            };
            assert!(inside.shielded().await, "a shield let the request through");
        }));
    }

    /// A request stays: whoever has seen it is told again at each later mark.
    #[case("system/marks-tell-again", must, laws = [61]; scope)]
    fn marks_tell_again<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let waits = Gate::new();
            let opens = waits.clone();
            let child = n.spawn_with_handle(async move {
                let mut told = 0;
                opens.open();
                for _ in 0..3 {
                    told += usize::from(pending::<()>().or_cancelled().await.is_err());
                    told += usize::from(checkpoint().is_err());
                    cancelled().await;
                }
                told
            });
            waits.wait().await;
            n.cancel("once");
            assert_eq!(child.await.ok(), Some(6));
        }));
    }

    /// A value that is ready beats a request that came before it, with it, or after it; the next mark tells.
    #[case("system/marks-give-value-first", must, laws = [69, 70]; scope)]
    fn marks_give_value_first<S>(fx: &Fixture<S>) {
        for request_first in [true, false] {
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let (value, waker) = (Gate::new(), CountingWaker::new());
                let mut region = pin!(value.wait().or_cancelled());
                assert!(poll_with(region.as_mut(), &waker).is_pending());
                if request_first {
                    n.cancel("in the same turn");
                    value.open();
                } else {
                    value.open();
                    n.cancel("in the same turn");
                }
                assert_eq!(poll_with(region.as_mut(), &waker), Poll::Ready(Ok(())));
                assert!(checkpoint().is_err());
                assert_eq!(ready(7).or_cancelled().await, Ok(7));
            }));
        }
    }

    /// A region may be a block: it is dropped as a whole, once, where it waits, and what it owns is dropped with it.
    #[case("system/marks-drop-region-once", must, laws = [63, 84]; scope)]
    fn marks_drop_region_once<S>(fx: &Fixture<S>) {
        let (probe, after) = (Probe::new(&fx.faults()), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (foreign, counts) = (probe.pending(), after.clone());
            let child = n.spawn_with_handle(async move {
                let region = async {
                    yield_once().await;
                    foreign.await;
                    counts.add();
                };
                region.or_cancelled().await.is_err()
            });
            probe.polls().reached(1).await;
            n.cancel("enough");
            assert_eq!(child.await.ok(), Some(true));
        }));
        assert_eq!((probe.drops().count(), after.count()), (1, 0));
    }

    /// A whole child that is one region ends although what it waits for belongs to nobody and never comes.
    #[case("system/marks-on-whole-child", must, laws = [83, 84]; scope)]
    fn marks_on_whole_child<S>(fx: &Fixture<S>) {
        let probe = Probe::new(&fx.faults());
        let value = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let foreign = probe.pending();
            n.spawn_until_cancelled(async move {
                foreign.await;
                Err(Problem::Real("it went on"))
            });
            probe.polls().reached(1).await;
            n.cancel("enough");
            Ok(7)
        }));
        assert_eq!(value.unwrap(), 7);
        assert_eq!(probe.drops().count(), 1);
    }

    /// A loop that computes and asks at checkpoints ends when it is cancelled.
    #[case("system/marks-end-busy-loop", must, laws = [85]; scope)]
    fn marks_end_busy_loop<S>(fx: &Fixture<S>) {
        let turns = Tally::new();
        let ended = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let counts = turns.clone();
            let child = n.spawn_with_handle(async move {
                loop {
                    if let Err(cancelled) = checkpoint() {
                        return cancelled;
                    }
                    counts.add();
                    yield_once().await;
                }
            });
            turns.reached(10).await;
            child.cancel("enough turns");
            child.await.unwrap()
        }));
        assert_eq!(text(Some(ended.reason())), Some("enough turns"));
    }

    /// Two tasks that wait for the request are both told, with the same reason.
    #[case("system/marks-tell-every-waiter", must, laws = [63, 87]; scope)]
    fn marks_tell_every_waiter<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let waits = Tally::new();
            let [a, b] = [waits.clone(), waits.clone()].map(|begins| n.spawn_with_handle(async move {
                begins.add();
                cancelled().await
            }));
            waits.reached(2).await;
            n.cancel("both");
            let (a, b) = (a.await.unwrap(), b.await.unwrap());
            assert_eq!((text(Some(&a)), text(Some(&b))), (Some("both"), Some("both")));
            assert_eq!(Some(a), n.cancel_reason());
        }));
    }

    /// In a cancelled nursery, children and a body that leave by `?` have not failed: what counts is the scope, not the type
    /// that the request was turned into.
    #[case("system/marks-left-by-question-mark-are-no-failure", must, laws = [83, 97]; scope)]
    fn marks_left_by_question_mark_are_no_failure<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            n.spawn(async {
                pending::<()>().or_cancelled().await?;
                Ok(())
            });
            n.spawn(async {
                cancelled().await;
                checkpoint().map_err(|_| Problem::Hidden("somebody pulled the plug".to_owned()))
            });
            n.cancel("enough");
            Ok(7)
        }));
        assert_eq!(value.unwrap(), 7);
    }

    /// An error of a child that gave way stands beside the failure, not among the failures, also in disguise.
    #[case("system/marks-error-after-request-stands-beside-failure", must, laws = [97]; scope)]
    fn marks_error_after_request_stands_beside_failure<S>(fx: &Fixture<S>) {
        let gone = Gate::new();
        let error = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let gave_way = n.named("gave way").spawn_with_handle(async {
                pending::<()>().or_cancelled().await.map_err(|c| Problem::Hidden(c.to_string()))
            });
            let go = gone.clone();
            n.named("broke").spawn(async move {
                go.wait().await;
                Err(Problem::Real("broken"))
            });
            n.cancel("enough");
            assert_eq!(gave_way.wait().await, ChildState::Cancelled);
            gone.open();
            Ok(())
        })).expect_err("a real failure was lost");
        assert_eq!(error.primary().child().name(), Some("broke"));
        assert_eq!(error.primary().error(), Some(&Problem::Real("broken")));
        assert_eq!(error.others().len(), 0);
        let beside: Vec<_> = error.after_cancel().map(|failure| failure.child().name()).collect();
        assert_eq!(beside, [Some("gave way")]);
        assert_eq!(text(error.cancel_reason()), Some("enough"));
    }

    /// A request by itself excuses nothing: an error of a child that never gave way is a failure, also in a cancelled nursery.
    #[case("system/marks-not-met-excuse-no-error", must, laws = [97]; scope)]
    fn marks_not_met_excuse_no_error<S>(fx: &Fixture<S>) {
        let error = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            n.cancel("enough");
            n.spawn(async { Err(Problem::Real("by itself")) });
            Ok(())
        })).expect_err("the failure was lost");
        assert_eq!(error.primary().error(), Some(&Problem::Real("by itself")));
        assert!(!error.is_cancelled());
    }

    /// A body that gives way and has no value leaves an error that says so; the children are waited for.
    #[case("system/marks-in-body-without-value", must, laws = [97]; scope)]
    fn marks_in_body_without_value<S>(fx: &Fixture<S>) {
        let ended = Tally::new();
        let error = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let counts = ended.clone();
            n.spawn(async move {
                cancelled().await;
                counts.add();
                Ok(())
            });
            n.cancel("enough");
            checkpoint()?;
            Ok::<(), Problem>(())
        })).expect_err("there was no value");
        assert!(error.is_cancelled() && error.primary().is_body());
        assert!(matches!(error.into_primary().into_error(), Some(Problem::Stopped(_))));
        assert_eq!(ended.count(), 1);
    }

    /// A child that is cancelled alone ends as cancelled; the nursery has not failed, and the others are not asked.
    #[case("system/marks-in-child-cancelled-alone", must, laws = [80]; scope)]
    fn marks_in_child_cancelled_alone<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let go = Gate::new();
            let waits = go.clone();
            let other = n.spawn_with_handle(async move {
                waits.wait().await;
                Ok(is_cancelled())
            });
            let child = n.spawn_with_handle(async {
                pending::<()>().or_cancelled().await?;
                Ok(())
            });
            child.cancel("you alone");
            let error = child.await.expect_err("it had no value");
            assert!(error.is_cancelled());
            assert_eq!(text(error.cancel_reason()), Some("you alone"));
            assert!(!n.is_cancelled());
            go.open();
            assert_eq!(other.await.ok(), Some(false));
            Ok::<_, Problem>(7)
        }));
        assert_eq!(value.unwrap(), 7);
    }

    /// A child that gave way to a scope of its own, and fails later, has failed: nobody had asked it to end.
    #[case("system/marks-in-own-scope-excuse-no-later-error", must, laws = [80, 96]; scope)]
    fn marks_in_own_scope_excuse_no_later_error<S>(fx: &Fixture<S>) {
        let error = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            n.spawn(async {
                let scope = CancelScope::new();
                scope.handle().cancel("only this part");
                assert!(scope.run(pending::<()>().or_cancelled()).await.is_err());
                Err(Problem::Real("later"))
            });
            Ok(())
        }));
        let error = error.expect_err("an error was taken for an answer to a request that nobody had made");
        assert_eq!(error.primary().error(), Some(&Problem::Real("later")));
    }

    /// Outside of every scope nothing is ever cancelled, and a region waits for its future.
    #[case("system/marks-outside-of-scopes-do-nothing", must, laws = [])]
    fn marks_outside_of_scopes_do_nothing<S>(fx: &Fixture<S>) {
        let value: Result<u8, Cancelled> = fx.block_on(async {
            assert!(!is_cancelled() && checkpoint().is_ok() && cancel_reason().is_none());
            assert_eq!(current_deadline(), None);
            assert!(poll_with(pin!(cancelled()), &CountingWaker::new()).is_pending());
            async {
                yield_once().await;
                7
            }.or_cancelled().await
        });
        assert_eq!(value, Ok(7));
    }
}
