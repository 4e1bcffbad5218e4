//! Guards that are dropped where no task of steadfast could clean up: in plain tasks, on threads, after the end.

use std::future::pending;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::thread;

use steadfast_core::{AsyncDropGuard, Builder, Report, lost, settle};

use super::ledger::{CleanUp, Door, Ledger, Reports, Resource, panic_of, poll_once};
use crate::probe::{Gate, OnDrop, Tally, start, yield_once};

crate::suite::cases! {
    system_cleanup_elsewhere_tests in system;

    /// A runtime that is shut down loses the clean-up, runs the synchronous destructor once, and it is reported by type.
    ///
    /// control-flow D4.
    #[case("system/cleanup-lost-at-shutdown", capability(Shutdown), laws = [300], isolated)]
    fn cleanup_lost_at_shutdown<S>(fx: &Fixture<S>) {
        let (reports, before) = (Reports::collect(), lost());
        let (ledger, never, started) = (Ledger::default(), Gate::new(), Tally::new());
        let (inside, runtime, starts) = (ledger.clone(), fx.runtime(), started.clone());
        fx.spawn(async move {
            let body = inside.guard("body");
            Builder::on(&runtime).run(async |n| {
                let _body = body;
                let (child, cleaning) = (inside.guard("child"), inside.gated_guard("cleaning", &never));
                let starts_too = starts.clone();
                n.spawn(async move {
                    drop(cleaning);
                    yield_once().await;
                    let _child = child;
                    starts_too.add();
                    pending::<()>().await;
                });
                starts.add();
                pending::<()>().await;
            }).await;
        });
        fx.block_on(async {
            started.reached(2).await;
            ledger.begun().reached(1).await;
        });
        fx.shutdown();
        ledger.dropped().reached_blocking(3);
        assert_eq!((ledger.closed(), ledger.dropped().count()), (0, 3));
        // A runtime that takes tasks while it goes down may drop them on a thread of its own.
        while reports.lost_clean_ups::<Resource>() < 3 {
            thread::yield_now();
        }
        assert_eq!(reports.lost_clean_ups::<Resource>(), 3);
        assert!(lost() - before >= 3);
    }

    /// A clean-up that is lost at a shutdown is dropped and reported also if its value holds a handle to the nursery that owed it.
    #[case("system/cleanup-that-holds-its-nursery", capability(Shutdown), laws = [300], isolated)]
    fn cleanup_that_holds_its_nursery<S>(fx: &Fixture<S>) {
        let (reports, runtime) = (Reports::collect(), fx.runtime());
        let (begun, dropped) = (Gate::new(), Tally::new());
        let (begins, counts) = (begun.clone(), dropped.clone());
        fx.spawn(async move {
            Builder::on(&runtime).run(async |n| {
                let held = (n.clone(), OnDrop::new(move || _ = counts.add()));
                n.spawn(async move {
                    let value = CleanUp::guard(move || async move {
                        let _held = held;
                        begins.open();
                        pending::<()>().await;
                    });
                    drop(value);
                    pending::<()>().await;
                });
                pending::<()>().await;
            }).await;
        });
        fx.block_on(begun.wait());
        fx.shutdown();
        dropped.reached_blocking(1);
        let lost = |report: &Report| matches!(report, Report::LostCleanup { .. });
        while reports.count(lost) < 1 {
            thread::yield_now();
        }
    }

    /// Outside of any runtime a drop does not panic, also not while another panic unwinds; the loss is reported by type and
    /// birthplace, and counted.
    ///
    /// control-flow D5.
    #[case("system/cleanup-outside-of-runtimes", capability(Unwind), laws = [307], isolated)]
    fn cleanup_outside_of_runtimes<S>(fx: &Fixture<S>) {
        let (reports, before, ledger) = (Reports::collect(), lost(), Ledger::default());
        assert!(fx.faults().list().is_empty());
        let line = line!() + 1;
        drop(ledger.guard("on this thread"));
        assert_eq!((ledger.closed(), ledger.dropped().count(), lost() - before), (0, 1, 1));
        let born_here = |report: &Report| {
            matches!(report, Report::LostCleanup { birthplace, .. }
                if birthplace.location().line() == line && birthplace.location().file() == file!())
        };
        assert_eq!(reports.count(born_here), 1);
        let unwinding = ledger.clone();
        let text = panic_of(|| {
            let _guard = unwinding.guard("while unwinding");
            panic!("the first one");
        });
        assert_eq!(text, "the first one");
        assert_eq!((ledger.dropped().count(), lost() - before), (2, 2));
        assert_eq!(reports.lost_clean_ups::<Resource>(), 2);
    }

    /// A clean-up that is cut because nobody is left to run it is reported, and its synchronous destructor runs.
    ///
    /// control-flow D12.
    #[case("system/cleanup-cut", must, laws = [248], isolated)]
    fn cleanup_cut<S>(fx: &Fixture<S>) {
        let (reports, ledger, never) = (Reports::collect(), Ledger::default(), Gate::new());
        let mut nursery = Box::pin(Builder::on(&fx.runtime()).run(async |_| {
            drop(ledger.gated_guard("running", &never));
            drop(ledger.guard("waiting"));
            settle().await;
        }));
        fx.block_on(async {
            assert!(poll_once(&mut nursery).await.is_pending());
        });
        assert_eq!(ledger.begun().count(), 1);
        drop(nursery);
        assert_eq!((ledger.closed(), ledger.dropped().count()), (0, 2));
        assert_eq!(reports.lost_clean_ups::<Resource>(), 2);
    }

    /// A guard that is dropped in a plain task of the runtime is cleaned up by the nursery where it was made, which waits.
    #[case("system/cleanup-in-a-plain-task", must, laws = [251])]
    fn cleanup_in_a_plain_task<S>(fx: &Fixture<S>) {
        let (ledger, gate) = (Ledger::default(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for _ in 0..3 {
                let guard = ledger.gated_guard("db", &gate);
                start(&fx.runtime(), async move {
                    yield_once().await;
                    drop(guard);
                }).wait().await.unwrap();
            }
            ledger.begun().reached(1).await;
            assert!(!n.is_empty(), "the reaper is a child");
            gate.open();
        }));
        ledger.assert_all_closed_once(3);
    }

    /// A guard that was made and dropped outside of any nursery is cleaned up by the root, which waits.
    #[case("system/cleanup-under-the-root", must, laws = [251], isolated)]
    fn cleanup_under_the_root<S>(fx: &Fixture<S>) {
        let (before, ledger, runtime) = (lost(), Ledger::default(), fx.runtime());
        let inside = ledger.clone();
        Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            let from_thread = inside.clone();
            thread::spawn(move || drop(from_thread.guard("thread"))).join().unwrap();
            let task = start(&runtime, async move { drop(inside.guard("task")) });
            task.wait().await.unwrap();
        });
        ledger.assert_all_closed_once(2);
        assert_eq!(lost(), before);
    }

    /// Guards that clean-ups of the reaper drop are cleaned up as well before the root returns, however deep it goes.
    #[case("system/cleanup-chain-under-the-root", must, laws = [252], isolated)]
    fn cleanup_chain_under_the_root<S>(fx: &Fixture<S>) {
        fn chain(ledger: Ledger, left: usize) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(async move {
                yield_once().await;
                drop(ledger.guard("link"));
                if left > 0 {
                    drop(CleanUp::guard(move || chain(ledger, left - 1)));
                }
            })
        }
        let ledger = Ledger::default();
        let inside = ledger.clone();
        Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            let make = move || drop(CleanUp::guard(move || chain(inside, 9)));
            thread::spawn(make).join().unwrap();
        });
        ledger.assert_all_closed_once(10);
    }

    /// A guard that outlives the nursery where it was made is cleaned up by the nearest one around that is open.
    #[case("system/cleanup-after-its-birth-nursery", must, laws = [])]
    fn cleanup_after_its_birth_nursery<S>(fx: &Fixture<S>) {
        let (ledger, runtime) = (Ledger::default(), fx.runtime());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let (guard, _handle) = Builder::on(&runtime).run(async |n| (ledger.guard("db"), n)).await;
            let task = start(&runtime, async move { drop(guard) });
            task.wait().await.unwrap();
        }));
        ledger.assert_all_closed_once(1);
    }

    /// A guard that was made under one runtime and is dropped under another is cleaned up where it was made: the other may be
    /// gone before the clean-up is done.
    #[case("system/cleanup-across-runtimes", must, laws = [308])]
    fn cleanup_across_runtimes<S>(fx: &Fixture<S>) {
        let (ledger, gate, another) = (Ledger::default(), Gate::new(), fx.another());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let guard = ledger.gated_guard("db", &gate);
            let thread = thread::spawn(move || {
                another.with(|other| {
                    let task = start(&other.runtime(), async move { drop(guard) });
                    other.block_on(task.wait())
                })
            });
            ledger.begun().reached(1).await;
            thread.join().unwrap().unwrap();
            assert_eq!(ledger.closed(), 0);
            gate.open();
        }));
        ledger.assert_all_closed_once(1);
    }

    /// A guard that is leaked with `mem::forget` hangs nothing: neither its destructor nor its clean-up runs.
    #[case("system/cleanup-of-a-leaked-guard", must, laws = [301])]
    fn cleanup_of_a_leaked_guard<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        let inside = ledger.clone();
        Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            std::mem::forget(inside.guard("leaked"));
            drop(inside.guard("kept"));
        });
        assert_eq!((ledger.begun().count(), ledger.closed(), ledger.dropped().count()), (1, 1, 1));
    }

    /// A guard in a future that is polled outside of any runtime and nursery is not lost there if the birth nursery is open.
    #[case("system/cleanup-off-the-runtime", must, laws = [])]
    fn cleanup_off_the_runtime<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let guard: AsyncDropGuard<Resource> = ledger.guard("db");
            let thread = thread::spawn(move || {
                let mut task = Box::pin(async move { drop(guard) });
                task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
            });
            assert!(thread.join().unwrap());
        }));
        ledger.assert_all_closed_once(1);
    }

    /// A task of the runtime that holds a guard and is refused drops it like any other: nothing is lost under a root.
    #[case("system/cleanup-of-a-refused-task", capability(Shutdown), laws = [], isolated)]
    fn cleanup_of_a_refused_task<S>(fx: &Fixture<S>) {
        let (reports, ledger, runtime) = (Reports::collect(), Ledger::default(), fx.runtime());
        fx.shutdown();
        let guard = ledger.guard("db");
        drop(runtime.spawn(async move { drop(guard) }));
        ledger.dropped().reached_blocking(1);
        while reports.lost_clean_ups::<Resource>() < 1 {
            thread::yield_now();
        }
        assert_eq!((ledger.closed(), ledger.dropped().count()), (0, 1));
    }
}
