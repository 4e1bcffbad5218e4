//! Deadlines inside deadlines: the earliest counts, and the outermost reports.

use std::future::{pending, ready};
use std::time::Duration;

use steadfast_core::{
    Builder, CancelReason, CancelScope, FutureExt, assert_cancel_safe, checkpoint,
    current_deadline, timeout, with_deadline, yield_now,
};

use super::{HOUR, SOON, spin_until};

crate::suite::cases! {
    system_deadlines_nesting_tests in system;

    /// When the outer deadline is the earlier one, it ends everything, and the inner scope is not marked.
    #[case("system/deadlines-nested-outer-first", capability(Timers), laws = [112]; scope)]
    fn deadlines_nested_outer_first<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let (outer, inner) = (CancelScope::new().deadline(SOON), CancelScope::new().deadline(HOUR));
            let (a, b) = (outer.handle(), inner.handle());
            let ended = outer.run(inner.run(pending::<()>().or_cancelled())).await;
            assert!(ended.is_err());
            assert!(a.was_cancelled() && a.was_obeyed());
            assert!(!b.was_cancelled() && !b.was_obeyed());
            assert_eq!(b.reason(), Some(CancelReason::Deadline));
            let outer = timeout(SOON, assert_cancel_safe(timeout(HOUR, pending::<()>()))).await;
            assert!(outer.is_err());
        }));
    }

    /// When the inner deadline is the earlier one, only the inner part ends.
    #[case("system/deadlines-nested-inner-first", capability(Timers), laws = [113]; scope)]
    fn deadlines_nested_inner_first<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let (outer, inner) = (CancelScope::new().deadline(HOUR), CancelScope::new().deadline(SOON));
            let (a, b) = (outer.handle(), inner.handle());
            outer.run(async {
                assert!(inner.run(pending::<()>().or_cancelled()).await.is_err());
                assert!(checkpoint().is_ok() && yield_now().or_cancelled().await.is_ok());
            }).await;
            assert!(b.was_cancelled() && b.was_obeyed());
            assert!(!a.was_cancelled() && a.reason().is_none());
            let outer = timeout(HOUR, assert_cancel_safe(async {
                (timeout(SOON, pending::<()>()).await.is_err(), 7)
            })).await;
            assert_eq!(outer.ok(), Some((true, 7)));
        }));
    }

    /// Of timeouts that pass at the same instant, only the outermost reports, also when it is in the past from the start.
    #[case("system/deadlines-equal-outermost-reports", capability(Timers), laws = [114]; scope)]
    fn deadlines_equal_outermost_reports<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            for wait in [SOON, Duration::ZERO] {
                let at = rt.now() + wait;
                let two = timeout(at, timeout(at, pending::<()>())).await;
                assert!(two.is_err(), "the inner one of two reported");
                let three = timeout(at + SOON, timeout(at + SOON, timeout(at + SOON, pending::<()>()))).await;
                assert!(three.is_err(), "an inner one of three reported");
            }
        }));
    }

    /// Asked for, the deadline is the earliest of those around, up to the nearest shield; and once there is a request it is
    /// past.
    #[case("system/deadline-in-effect-is-earliest", capability(Timers), laws = [116]; scope)]
    fn deadline_in_effect_is_earliest<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        let soonest = rt.now() + HOUR;
        let (later, latest) = (soonest + HOUR, soonest + HOUR + HOUR);
        fx.block_on(Builder::on(&rt).deadline(later).run(async |n| {
            assert_eq!(current_deadline(), Some(later));
            assert_eq!(with_deadline(soonest, async { current_deadline() }).await, Some(soonest));
            assert_eq!(with_deadline(latest, async { current_deadline() }).await, Some(later));
            assert_eq!(n.spawn_with_handle(async { current_deadline() }).await.ok(), Some(Some(later)));
            let timed = timeout(soonest, assert_cancel_safe(async { current_deadline() })).await;
            assert_eq!(timed.ok(), Some(Some(soonest)));
            let shielded = with_deadline(soonest, async {
                let bare = async { current_deadline() }.shielded().await;
                let own = async { current_deadline() }.shielded().deadline(latest).await;
                let inside = with_deadline(later, async { current_deadline() }).shielded().await;
                [bare, own, inside]
            }).await;
            assert_eq!(shielded, [None, Some(latest), Some(later)]);
            n.cancel("now");
            let now = rt.now();
            assert!(current_deadline().is_some_and(|at| at <= rt.now()), "a request leaves time");
            assert!(current_deadline() >= Some(now - HOUR));
            assert_eq!(async { current_deadline() }.shielded().await, None);
        }));
    }

    /// Code that keeps its thread until two deadlines have passed is told by the inner one, and what follows by the outer one.
    #[case("system/deadlines-both-behind-both-tell", capability(Timers), laws = [124]; scope)]
    fn deadlines_both_behind_both_tell<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let (outer, inner) = (CancelScope::new().deadline(SOON), CancelScope::new().deadline(SOON / 2));
            let (a, b) = (outer.handle(), inner.handle());
            outer.run(async {
                let first = inner.run(async {
                    spin_until(&rt, a.deadline().unwrap() + SOON);
                    pending::<()>().or_cancelled().await
                }).await;
                assert!(first.is_err(), "the inner one did not tell");
                assert!(pending::<()>().or_cancelled().await.is_err(), "the outer one did not tell");
            }).await;
            assert!(a.was_cancelled() && a.was_obeyed() && b.was_cancelled());
            assert!(checkpoint().is_ok());
            assert_eq!(ready(7).or_cancelled().await, Ok(7));
        }));
    }
}
