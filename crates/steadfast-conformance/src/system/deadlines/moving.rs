//! Deadlines that are moved: later, earlier, away, from anywhere, and often.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use steadfast_core::{
    Builder, CancelReason, CancelScope, Deadline, FutureExt, Refused, Runtime, Spawn,
    SpawnBlocking, Timer, cancelled, is_cancelled, sleep_until, timeout, with_deadline, yield_now,
};

use super::{HOUR, SOON};
use crate::probe::{Gate, many};

crate::suite::cases! {
    system_deadlines_moving_tests in system;

    /// A deadline that is moved to an earlier time fires then, in a scope and in a nursery.
    #[case("system/deadline-moved-earlier-fires", capability(Timers), laws = [110]; scope)]
    fn deadline_moved_earlier_fires<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).deadline(HOUR).run(async |n| {
            let scope = CancelScope::new().deadline(HOUR);
            let (handle, moved) = (scope.handle(), rt.now());
            let ended = scope.run(async {
                yield_now().await;
                handle.set_deadline(SOON);
                pending::<()>().or_cancelled().await
            }).await;
            assert!(ended.is_err() && handle.was_cancelled());
            assert!(rt.now() >= moved + SOON);
            yield_now().await;
            n.set_deadline(SOON);
            assert_eq!(cancelled().await, CancelReason::Deadline);
        }));
    }

    /// A deadline that is moved to a later time, or away, does not fire at the old one.
    #[case("system/deadline-moved-later-or-away-does-not-fire", capability(Timers), laws = [110]; scope)]
    fn deadline_moved_later_or_away_does_not_fire<S>(fx: &Fixture<S>) {
        let targets = [Deadline::After(HOUR), Deadline::Never, Deadline::After(Duration::MAX)];
        let rt = fx.runtime();
        for target in targets {
            fx.block_on(Builder::on(&rt).deadline(SOON * 10).run(async |n| {
                let scope = CancelScope::new().deadline(SOON * 10);
                let handle = scope.handle();
                scope.run(async {
                    let old = handle.deadline().unwrap();
                    yield_now().await;
                    if is_cancelled() {
                        // This thread was kept waiting until the deadline had passed.
                        return;
                    }
                    n.set_deadline(target);
                    handle.set_deadline(target);
                    sleep_until(old + SOON).await;
                    yield_now().await;
                    assert!(!is_cancelled(), "it fired although it had been moved: {target:?}");
                }).await;
            }));
        }
    }

    /// A deadline that was moved later fires at the new time, not before.
    #[case("system/deadline-moved-later-fires-then", capability(Timers), laws = [110, 129]; scope)]
    fn deadline_moved_later_fires_then<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let scope = CancelScope::new().deadline(SOON);
            let handle = scope.handle();
            scope.run(async {
                // Before the first suspension, so that the old deadline cannot have fired.
                let later = rt.now() + SOON * 3;
                handle.set_deadline(later);
                assert_eq!(handle.deadline(), Some(later));
                assert_eq!(cancelled().await, CancelReason::Deadline);
                assert!(rt.now() >= later);
            }).await;
        }));
    }

    /// A scope that time has ended stays so when its deadline is moved on.
    #[case("system/deadline-moved-after-firing-changes-nothing", capability(Timers), laws = []; scope)]
    fn deadline_moved_after_firing_changes_nothing<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let scope = CancelScope::new().deadline(Duration::ZERO);
            let handle = scope.handle();
            scope.run(async {
                cancelled().await;
                handle.set_deadline(HOUR);
                assert!(pending::<()>().or_cancelled().await.is_err());
            }).await;
            assert!(handle.was_cancelled());
            assert_eq!(handle.reason(), Some(CancelReason::Deadline));
        }));
    }

    /// A thread that the runtime knows nothing of moves a deadline to an earlier time, and the sleeping runtime wakes for it.
    #[case("system/deadline-moved-by-thread-wakes-runtime", capability(Timers), laws = [110, 111]; scope)]
    fn deadline_moved_by_thread_wakes_runtime<S>(fx: &Fixture<S>) {
        let (scope, waits) = (CancelScope::new().deadline(HOUR), Gate::new());
        let (handle, begun) = (scope.handle(), waits.clone());
        let thread = thread::spawn(move || {
            begun.wait_blocking();
            handle.set_deadline(SOON);
        });
        let child = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn_with_handle(scope.run(async move {
                waits.open();
                pending::<()>().or_cancelled().await
            })).await
        }));
        thread.join().unwrap();
        assert!(matches!(child, Ok(Err(_))));
    }

    /// Of many changes only the last counts.
    #[case("system/deadline-moved-often-last-counts", capability(Timers), laws = [110]; scope)]
    fn deadline_moved_often_last_counts<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let scope = CancelScope::new().deadline(HOUR);
            let (handle, begin) = (scope.handle(), rt.now());
            scope.run(async {
                for step in (0_u64..).take(many(10_000)) {
                    handle.set_deadline(begin + HOUR + Duration::from_millis(step));
                }
                let last = rt.now() + SOON;
                handle.set_deadline(last);
                cancelled().await;
                assert!(rt.now() >= last);
            }).await;
        }));
    }

    /// However often a deadline is moved, one timer is alive for it; and none once the code inside has ended.
    #[case("system/deadline-moved-often-keeps-one-timer", capability(Timers), laws = [117, 128]; scope)]
    fn deadline_moved_often_keeps_one_timer<S>(fx: &Fixture<S>) {
        let rt = Counting { inner: fx.runtime(), timers: Arc::default() };
        let (live, most) = (rt.timers.clone(), rt.timers.clone());
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let scope = CancelScope::new().deadline(HOUR);
            let handle = scope.handle();
            let begin = rt.now();
            scope.run(async {
                for step in (0_u64..).take(many(2_000)) {
                    handle.set_deadline(begin + HOUR + Duration::from_millis(step));
                    yield_now().await;
                }
            }).await;
            with_deadline(HOUR, yield_now()).await;
            assert!(timeout(HOUR, yield_now()).await.is_ok());
            yield_now().shielded().deadline(HOUR).await;
            assert_eq!(live.live.load(Ordering::SeqCst), 0, "timers outlive what they were for");
        }));
        let (made, most) = (most.made.load(Ordering::SeqCst), most.most.load(Ordering::SeqCst));
        assert!(made >= many(2_000) && most <= 2, "{made} timers, up to {most} at once");
    }
}

/// A runtime that counts its timers.
#[derive(Clone)]
struct Counting<R> {
    inner: R,
    timers: Arc<Timers>,
}

#[derive(Debug, Default)]
struct Timers {
    made: AtomicUsize,
    live: AtomicUsize,
    most: AtomicUsize,
}

impl<R: Runtime> Spawn for Counting<R> {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.inner.spawn(task)
    }
}

impl<R: Runtime> SpawnBlocking for Counting<R> {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        self.inner.spawn_blocking(work)
    }
}

impl<R: Runtime> Timer for Counting<R> {
    type Sleep = Counted;

    fn sleep_until(&self, at: Instant) -> Counted {
        let live = self.timers.live.fetch_add(1, Ordering::SeqCst) + 1;
        self.timers.most.fetch_max(live, Ordering::SeqCst);
        self.timers.made.fetch_add(1, Ordering::SeqCst);
        Counted {
            inner: Box::pin(self.inner.sleep_until(at)),
            timers: Arc::clone(&self.timers),
        }
    }

    fn now(&self) -> Instant {
        self.inner.now()
    }
}

struct Counted {
    inner: Pin<Box<dyn Future<Output = ()> + Send>>,
    timers: Arc<Timers>,
}

impl Future for Counted {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.inner.as_mut().poll(cx)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.timers.live.fetch_sub(1, Ordering::SeqCst);
    }
}
