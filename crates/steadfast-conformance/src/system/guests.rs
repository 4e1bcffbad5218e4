//! Guests: work that a nursery owns, and that somebody of whom it does not know polls, or drops.

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use steadfast_core::{
    Builder, CancelReason, CancelScope, Cancelled, FutureExt, Guest, Invitation, Nursery, Runtime,
    cancelled, is_cancelled, lost,
};

use super::cancel::text;
use super::exit::glance;
use super::ledger::{Ledger, Oops, drop_when, words};
use super::seeing::json::read;
use crate::probe::{Gate, OnDrop, Probe, Started, Tally, many, start, yield_once};

const GRACE: Duration = Duration::from_millis(5);

crate::suite::cases! {
    system_guests_tests in system;

    /// The nursery waits for a guest that a plain task polls, does not ask it to end, and shows what it has done. The value is
    /// the plain task's.
    #[case("system/guest-is-waited-for", must, laws = [1, 2])]
    fn guest_is_waited_for<S>(fx: &Fixture<S>) {
        let (go, effects, faults) = (Gate::new(), Arc::new(AtomicUsize::new(0)), fx.faults());
        let value = fx.block_on(async {
            let mut run = pin!(Builder::on(&fx.runtime()).run(async |n| {
                let (go, effects) = (go.clone(), effects.clone());
                visit(&n, async move {
                    go.wait().await;
                    faults.expect(!is_cancelled(), "a guest was asked to end by the exit");
                    effects.fetch_add(1, Ordering::Relaxed);
                    7
                })
            }));
            assert!(glance(run.as_mut()).await.is_pending(), "the exit did not wait");
            go.open();
            let task = run.await;
            assert_eq!(effects.load(Ordering::Relaxed), 1);
            task.wait().await.unwrap()
        });
        assert_eq!(value.ok(), Some(7));
    }

    /// A guest counts as finished when its future and its captures are gone, be it that it has ended or that it was dropped.
    #[case("system/guest-is-gone-with-its-captures", must, laws = [1])]
    fn guest_is_gone_with_its_captures<S>(fx: &Fixture<S>) {
        for _ in 0..many(50) {
            let dropped = Tally::new();
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                for is_polled in [true, false, true, false] {
                    let counts = dropped.clone();
                    let captured = OnDrop::new(move || { counts.add(); });
                    let guest = invited(&n, poll_fn(move |_| {
                        let _captured = &captured;
                        Poll::Ready(())
                    }));
                    let task = async move {
                        if is_polled {
                            _ = guest.await;
                        }
                    };
                    assert!(n.runtime().spawn(task).is_ok());
                }
            }));
            assert_eq!(dropped.count(), 4);
        }
    }

    /// A request to the nursery reaches a guest that waits for it, with its reason.
    #[case("system/guest-is-asked-to-end", must, laws = [63])]
    fn guest_is_asked_to_end<S>(fx: &Fixture<S>) {
        let waits = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let begins = waits.clone();
            let told = visit(&n, async move {
                begins.add();
                let marked = pending::<()>().or_cancelled().await;
                (marked.is_err(), cancelled().await)
            });
            waits.reached(1).await;
            n.cancel("enough");
            let (gave_way, reason) = told.wait().await.unwrap().unwrap();
            assert!(gave_way);
            assert_eq!(text(Some(&reason)), Some("enough"));
        }));
    }

    /// An invitation is to the scope in which its maker stands: a request to that reaches the guest, and nobody else.
    #[case("system/guest-is-invited-to-a-scope", must, laws = [80]; scope)]
    fn guest_is_invited_to_a_scope<S>(fx: &Fixture<S>) {
        let runtime = fx.runtime();
        assert!(Invitation::here().is_none(), "nobody is around");
        fx.block_on(Builder::on(&runtime).run(async |n| {
            let scope = CancelScope::new();
            let handle = scope.handle();
            let told = scope.run(async {
                let invitation = Invitation::here().expect("a nursery is around");
                let guest = invitation.task(async { cancelled().await });
                start(&runtime, guest.ok().expect("it is open"))
            }).await;
            handle.cancel("the scope alone");
            let reason: CancelReason = told.wait().await.unwrap().unwrap();
            assert_eq!(text(Some(&reason)), Some("the scope alone"));
            assert!(!n.is_cancelled() && !is_cancelled());
        }));
    }

    /// A guest that its executor drops half-way is counted out, and no failure. What it leaves behind goes to the nursery: the
    /// nurseries that it had opened, and the clean-ups that it owes.
    #[case("system/guest-that-its-executor-drops", must, laws = [297, 299])]
    fn guest_that_its_executor_drops<S>(fx: &Fixture<S>) {
        let (runtime, ledger, seen, begun) =
            (fx.runtime(), Ledger::default(), Tally::new(), Gate::new());
        let outcome = fx.block_on(Builder::on(&runtime).try_run(async |n| {
            let (inside, counts, opens) = (runtime.clone(), seen.clone(), begun.clone());
            let guard = ledger.guard("owed");
            let guest = invited(&n, async move {
                let _guard = guard;
                Builder::on(&inside).run(async |inner| {
                    inner.spawn(async move {
                        opens.open();
                        assert_eq!(cancelled().await, CancelReason::Dropped);
                        yield_once().await;
                        counts.add();
                    });
                    pending::<()>().await;
                }).await;
            });
            let wait = begun.wait();
            let task = start(&runtime, async move { drop_when(guest, wait).await.is_none() });
            assert!(task.wait().await.unwrap());
            Ok::<_, Oops>(())
        }));
        assert!(outcome.is_ok());
        assert_eq!(seen.count(), 1);
        ledger.assert_all_closed_once(1);
    }

    /// What a guest owes is cleaned up before it is ready, whether it ends with a value or with a panic.
    #[case("system/guest-cleans-up-first", capability(Unwind), laws = [242, 244])]
    fn guest_cleans_up_first<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for panics in [false, true] {
                let (guard, sees) = (ledger.guard("db"), ledger.clone());
                let guest = invited(&n, async move {
                    drop(guard);
                    assert!(!panics, "half-way");
                });
                let task = start(n.runtime(), async move {
                    let ended = caught(guest).await.is_err();
                    (ended, sees.closed())
                });
                let closed = 1 + usize::from(panics);
                assert_eq!(task.wait().await.unwrap(), (panics, closed));
            }
        }));
        ledger.assert_all_closed_once(2);
    }

    /// The panic of a guest goes to whoever polls it, when it has been counted out. Its nursery has not failed, and nobody is
    /// asked to end.
    #[case("system/guest-that-panics", capability(Unwind), laws = [])]
    fn guest_that_panics<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let guest = invited(&n, async {
                yield_once().await;
                panic!("in a guest");
            });
            let inside = n.clone();
            let task = start(n.runtime(), async move {
                let panic = caught(guest).await.expect_err("it panics");
                (panic, inside.len(), inside.is_cancelled())
            });
            task.wait().await.unwrap()
        }));
        assert_eq!(value, ("in a guest".to_owned(), 0, false));
    }

    /// A guest that ignores a request is dropped when the grace is over, and whoever polls it learns why; one that said that it
    /// ends by itself is not, and a shield holds.
    #[case("system/guest-after-the-grace", capability(Timers), laws = [])]
    fn guest_after_the_grace<S>(fx: &Fixture<S>) {
        let (begun, over, shielded, after) = (Tally::new(), Gate::new(), Tally::new(), Tally::new());
        let probe = Probe::new(&fx.faults());
        fx.block_on(Builder::on(&fx.runtime()).grace(GRACE).run(async |n| {
            assert!(Invitation::of(&n).may_be_aborted());
            let deaf = visit(&n, probe.pending());
            let (begins, waits, holds, goes_on) =
                (begun.clone(), over.wait(), shielded.clone(), after.clone());
            let holding = visit(&n, async move {
                async {
                    begins.add();
                    waits.await;
                    yield_once().await;
                    holds.add();
                }.shielded().await;
                pending::<()>().await;
                goes_on.add();
            });
            let (begins, waits) = (begun.clone(), over.wait());
            let stays = Invitation::of(&n).never_aborted();
            assert!(!stays.may_be_aborted());
            let stays = stays.task(async move {
                begins.add();
                waits.await;
                7
            });
            let staying = start(n.runtime(), stays.ok().expect("it is open"));
            probe.polls().reached(1).await;
            begun.reached(2).await;
            n.cancel("leave");
            let cancelled: Cancelled = deaf.wait().await.unwrap().unwrap_err();
            assert_eq!(text(Some(cancelled.reason())), Some("leave"));
            assert_eq!((probe.drops().count(), shielded.count()), (1, 0));
            over.open();
            assert!(holding.wait().await.unwrap().is_err());
            assert_eq!((shielded.count(), after.count()), (1, 0));
            assert_eq!(staying.wait().await.unwrap().ok(), Some(7));
        }));
    }

    /// Who takes an invitation up when the nursery and all around it have closed gets the work back, and nothing has run.
    #[case("system/guest-that-comes-too-late", must, laws = [217, 223])]
    fn guest_that_comes_too_late<S>(fx: &Fixture<S>) {
        let probe = Probe::new(&fx.faults());
        // Under a root there would be somebody around.
        let mut run = Box::pin(Builder::on(&fx.runtime()).run(async |n| Invitation::of(&n)));
        let Poll::Ready(invitation) = run.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it waits for nobody");
        };
        let Err(future) = invitation.clone().task(probe.ready()) else {
            panic!("a closed nursery has taken a guest");
        };
        assert_eq!((probe.polls().count(), probe.drops().count()), (0, 0));
        drop(future);
        let ran = Tally::new();
        let counts = ran.clone();
        let Err(work) = invitation.work(move || counts.add()) else {
            panic!("a closed nursery has taken a guest");
        };
        assert_eq!(ran.count(), 0);
        assert_eq!(work(), 1);
    }

    /// Who takes up an invitation to a nursery that has closed is a guest of the nearest one around that is open.
    #[case("system/guest-of-the-nursery-around", must, laws = [])]
    fn guest_of_the_nursery_around<S>(fx: &Fixture<S>) {
        let (runtime, go, ended) = (fx.runtime(), Gate::new(), Tally::new());
        fx.block_on(async {
            let mut run = pin!(Builder::on(&runtime).run(async |n| {
                let inner = Builder::on(&runtime).run(async |inner| Invitation::of(&inner));
                let (waits, ends) = (go.wait(), ended.clone());
                let guest = inner.await.task(async move {
                    waits.await;
                    ends.add();
                });
                drop(start(&runtime, guest.ok().expect("the one around is open")));
                assert_eq!(n.len(), 1);
            }));
            assert!(glance(run.as_mut()).await.is_pending(), "the exit did not wait");
            go.open();
            run.await;
            assert_eq!(ended.count(), 1);
        });
    }

    /// The tree shows a guest, with its name and the line of its invitation, as long as it is there.
    #[case("system/guest-is-in-the-tree", must, laws = [276, 278])]
    fn guest_is_in_the_tree<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let line = line!() + 1;
            let invitation = Invitation::of(&n).named("visitor");
            let guest = invitation.task(async {}).ok().expect("it is open");
            let items = read(&n.tree().to_json());
            assert_eq!((items.len(), items[1].kind.as_str()), (2, "guest"));
            assert_eq!(items[1].name.as_deref(), Some("visitor"));
            assert!(items[1].location.contains(&format!("{}:{line}:", file!())), "{items:?}");
            assert!(start(n.runtime(), guest).wait().await.unwrap().is_ok());
            assert_eq!((n.len(), n.tree().len()), (0, 1));
        }));
    }

    /// Blocking work that is a guest runs on whatever thread takes it. It is waited for, sees requests, and what it owes is
    /// cleaned up by the nursery; dropped instead, it is counted out.
    #[case("system/guest-that-blocks", must, laws = [260, 261])]
    fn guest_that_blocks<S>(fx: &Fixture<S>) {
        let (ledger, begun, go) = (Ledger::default(), Gate::new(), Gate::new());
        let thread = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (opens, waits, guard) = (begun.clone(), go.clone(), ledger.guard("owed"));
            let work = Invitation::of(&n).work(move || {
                let before = is_cancelled();
                opens.open();
                waits.wait_blocking();
                drop(guard);
                (before, is_cancelled())
            });
            let work = work.ok().expect("it is open");
            let thread = thread::spawn(move || work.run());
            let guard = ledger.guard("never run");
            let unwanted = Invitation::of(&n).work(move || drop(guard));
            begun.wait().await;
            assert_eq!(n.len(), 2);
            drop(unwanted);
            n.cancel("enough");
            go.open();
            thread
        }));
        ledger.assert_all_closed_once(2);
        assert_eq!(thread.join().unwrap(), (false, true));
    }

    /// A guest that goes down with the runtime that polled it is counted out, and its nursery, which is awaited elsewhere, ends.
    #[case("system/guest-is-lost-with-its-runtime", capability(Shutdown), laws = [300])]
    fn guest_is_lost_with_its_runtime<S>(fx: &Fixture<S>) {
        let (probe, before) = (Probe::new(&fx.faults()), lost());
        let mut run = pin!(Builder::on(&fx.runtime()).run(async |n| drop(visit(&n, probe.pending()))));
        fx.block_on(async {
            assert!(glance(run.as_mut()).await.is_pending());
            probe.polls().reached(1).await;
        });
        fx.shutdown();
        // This thread belongs to no runtime, and the runtime may drop the task on one of its own.
        while run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            thread::yield_now();
        }
        assert_eq!((probe.drops().count(), lost()), (1, before));
    }
}

/// `future`, as a guest of `nursery`.
fn invited<E, R, F>(nursery: &Nursery<E, R>, future: F) -> Guest<F>
where
    E: Send + 'static,
    R: Runtime,
    F: Future,
{
    let Ok(guest) = Invitation::of(nursery).task(future) else {
        panic!("an open nursery has turned a guest away");
    };
    guest
}

/// The same, polled by a plain task of the runtime.
fn visit<E, R, F>(nursery: &Nursery<E, R>, future: F) -> Started<Result<F::Output, Cancelled>>
where
    E: Send + 'static,
    R: Runtime,
    F: Future<Output: Send> + Send + 'static,
{
    start(nursery.runtime(), invited(nursery, future))
}

/// The value of `future`, or the words of its panic.
async fn caught<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(words(&*payload))),
        }
    })
    .await
}
