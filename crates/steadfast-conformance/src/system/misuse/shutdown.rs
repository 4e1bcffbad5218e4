//! Nurseries whose runtime is shut down under them: whatever is lost is said to be lost, and nothing hangs.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use steadfast_core::{Builder, CancelReason, ChildState, FailureKind, cancelled};

use crate::probe::{Gate, OnDrop, Probe, Tally};
use crate::system::exit::glance;

crate::suite::cases! {
    system_shutdown_tests in system;

    /// Children that go down with their runtime end as lost; a nursery that is awaited elsewhere ends with that, and says so.
    #[case("system/shutdown-loses-children", capability(Shutdown), laws = [300])]
    fn shutdown_loses_children<S>(fx: &Fixture<S>) {
        let probes: Vec<_> = (0..5).map(|_| Probe::new(&fx.faults())).collect();
        let mut run = pin!(Builder::on(&fx.runtime()).try_run(async |n| {
            for probe in &probes {
                let pending = probe.pending();
                n.spawn(async move {
                    pending.await;
                    Ok::<_, &str>(())
                });
            }
            match cancelled().await {
                CancelReason::Failed(_) => Ok(()),
                other => panic!("asked to end for another reason: {other}"),
            }
        }));
        assert!(fx.block_on(glance(run.as_mut())).is_pending());
        fx.block_on(async {
            for probe in &probes {
                probe.polls().reached(1).await;
            }
        });
        fx.shutdown();
        let error = block_on(run).expect_err("five children are lost");
        assert!(probes.iter().all(|probe| probe.drops().count() == 1));
        let kinds: Vec<_> = error.into_failures().map(|one| one.into_kind()).collect();
        assert!(kinds.iter().all(|kind| matches!(kind, FailureKind::Lost)), "{kinds:?}");
        assert_eq!(kinds.len(), 5);
    }

    /// A nursery that waits at its exit when its runtime goes down returns, and the handles of its children know why.
    #[case("system/shutdown-ends-exit", capability(Shutdown), laws = [300])]
    fn shutdown_ends_exit<S>(fx: &Fixture<S>) {
        let dropped = Tally::new();
        let mut run = pin!(Builder::on(&fx.runtime()).run(async |n| {
            let counts = dropped.clone();
            let last = OnDrop::new(move || { counts.add(); });
            let kept = n.spawn_with_handle(async move {
                let _last = last;
                pending::<()>().await;
            });
            n.spawn_background(async { pending::<()>().await });
            Some(kept)
        }));
        assert!(fx.block_on(glance(run.as_mut())).is_pending());
        fx.shutdown();
        let handle = block_on(run).expect("the body has run");
        assert_eq!((handle.state(), dropped.count()), (ChildState::Lost, 1));
        assert!(block_on(handle).unwrap_err().is_lost());
    }

    /// After the shutdown, a spawn into a nursery that is still open is refused with the future whole, or ends as lost.
    #[case("system/shutdown-refuses-spawns", capability(Shutdown), laws = [224])]
    fn shutdown_refuses_spawns<S>(fx: &Fixture<S>) {
        let over = Gate::new();
        let probe = Probe::new(&fx.faults());
        let mut refused = None;
        let result = {
            let mut run = pin!(Builder::on(&fx.runtime()).try_run(async |n| {
                over.wait().await;
                let ready = probe.ready();
                let spawned = n.spawn(async move {
                    ready.await;
                    Ok::<_, &str>(())
                });
                refused = Some(spawned.into_result().err());
                Ok(())
            }));
            assert!(fx.block_on(glance(run.as_mut())).is_pending());
            fx.shutdown();
            over.open();
            block_on(run)
        };
        match refused.expect("the body has run") {
            Some(refused) => {
                assert!(refused.is_shutdown() && !refused.is_closed());
                assert_eq!((probe.polls().count(), probe.drops().count()), (0, 0));
                assert_eq!(block_on(refused.into_inner()), Ok(()));
                assert!(result.is_ok());
            }
            None => {
                let lost = result.unwrap_err().into_primary().into_kind();
                assert!(matches!(lost, FailureKind::Lost), "{lost:?}");
                assert_eq!((probe.polls().count(), probe.drops().count()), (0, 1));
            }
        }
    }

    /// After the shutdown, every handle of a child that cannot run says that it never did.
    #[case("system/shutdown-shows-in-handles", capability(Shutdown), laws = [224])]
    fn shutdown_shows_in_handles<S>(fx: &Fixture<S>) {
        let over = Gate::new();
        let mut run = pin!(Builder::on(&fx.runtime()).run(async |n| {
            over.wait().await;
            let (plain, alone) = (n.spawn_with_handle(async {}), n.spawn_supervised(async {}));
            let blocking = n.spawn_blocking(|| ());
            assert_eq!(plain.wait().await, ChildState::Lost);
            assert_eq!(alone.wait().await, ChildState::Lost);
            let error = plain.await.unwrap_err();
            assert!(error.is_refused() || error.is_lost());
            // Blocking work may still find a thread; what it must not do is hang.
            blocking.wait().await;
            let started = n.start(|ready| async move { ready.report(7) }).await;
            assert!(started.is_err());
        }));
        assert!(fx.block_on(glance(run.as_mut())).is_pending());
        fx.shutdown();
        over.open();
        block_on(run);
    }
}

/// Polls `future` on this thread, which belongs to no runtime.
pub(in crate::system) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future: Pin<&mut F> = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
