//! The end of a runtime: every task that it took is dropped, and every later one is refused or dropped.
//!
//! A runtime that knows that it is over hands the work back in [`Refused`](steadfast_core::Refused). One that cannot know
//! takes the work and drops it. Nothing may hang, and nothing may be kept for ever: whoever waits for the task learns of its
//! end from its drop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::probe::{Gate, OnDrop, Probe, Tally, many, start, yield_once};

crate::suite::cases! {
    backend_shutdown_tests in backend;

    /// Shutting down drops every pending task, exactly once, before it returns.
    #[case("backend/runtime-drop-drops-every-future-once", capability(Shutdown), laws = [])]
    fn runtime_drop_drops_every_future_once<S>(fx: &Fixture<S>) {
        let probes: Vec<_> = (0..100).map(|_| Probe::new(&fx.faults())).collect();
        for probe in &probes {
            fx.spawn(probe.pending());
        }
        fx.block_on(async {
            for probe in &probes {
                probe.polls().reached(1).await;
            }
        });
        fx.shutdown();
        assert!(probes.iter().all(|probe| probe.drops().count() == 1));
    }

    /// Shutting down drops also the tasks that were never polled.
    #[case("backend/runtime-drop-drops-unpolled-futures", capability(Shutdown), laws = [])]
    fn runtime_drop_drops_unpolled_futures<S>(fx: &Fixture<S>) {
        let probes: Vec<_> = (0..many(1_000)).map(|_| Probe::new(&fx.faults())).collect();
        for probe in &probes {
            fx.spawn(probe.pending());
        }
        fx.shutdown();
        assert!(probes.iter().all(|probe| probe.drops().count() == 1));
    }

    /// Shutting down drops a task that holds its own waker and a handle to the runtime.
    #[case("backend/runtime-drop-drops-cycles", capability(Shutdown), laws = [])]
    fn runtime_drop_drops_cycles<S>(fx: &Fixture<S>) {
        let (probe, runtime) = (Probe::new(&fx.faults()), fx.runtime());
        let own_waker = Mutex::new(None);
        fx.spawn(probe.future(move |_, cx| {
            let _handle = &runtime;
            *own_waker.lock().unwrap() = Some(cx.waker().clone());
            Poll::Pending
        }));
        fx.block_on(probe.polls().reached(1));
        fx.shutdown();
        assert_eq!(probe.drops().count(), 1);
    }

    /// Shutting down ends although tasks wake themselves without end.
    #[case("backend/runtime-drop-ends-self-waking-tasks", capability(Shutdown), laws = [])]
    fn runtime_drop_ends_self_waking_tasks<S>(fx: &Fixture<S>) {
        let probes: Vec<_> = (0..8).map(|_| Probe::new(&fx.faults())).collect();
        for probe in &probes {
            fx.spawn(probe.future(|_, cx| {
                cx.waker().wake_by_ref();
                Poll::Pending
            }));
        }
        fx.block_on(async {
            for probe in &probes {
                probe.polls().reached(1).await;
            }
        });
        fx.shutdown();
        assert!(probes.iter().all(|probe| probe.drops().count() == 1));
    }

    /// A waker outlives its runtime: waking, cloning and dropping it does nothing.
    #[case("backend/waker-outlives-runtime", capability(Shutdown), laws = [])]
    fn waker_outlives_runtime<S>(fx: &Fixture<S>) {
        let (probe, waker) = (Probe::new(&fx.faults()), Arc::new(Mutex::new(None)));
        let publish = Arc::clone(&waker);
        fx.spawn(probe.future(move |_, cx| {
            *publish.lock().unwrap() = Some(cx.waker().clone());
            Poll::Pending
        }));
        fx.block_on(probe.polls().reached(1));
        fx.shutdown();
        let waker = waker.lock().unwrap().take().unwrap();
        let elsewhere = waker.clone();
        thread::spawn(move || elsewhere.wake()).join().unwrap();
        waker.wake_by_ref();
        drop(waker);
        assert_eq!((probe.polls().count(), probe.drops().count()), (1, 1));
    }

    /// A handle that was kept refuses tasks after the shutdown, or drops them unpolled; it never keeps them.
    #[case("backend/kept-handle-after-shutdown", capability(Shutdown), laws = [224])]
    fn kept_handle_after_shutdown<S>(fx: &Fixture<S>) {
        let (runtime, probes) = (fx.runtime(), [0; 10].map(|_| Probe::new(&fx.faults())));
        start(&runtime, async {});
        fx.shutdown();
        for probe in &probes {
            drop(runtime.spawn(probe.ready()));
        }
        for probe in &probes {
            probe.drops().reached_blocking(1);
            assert_eq!(probe.polls().count(), 0, "polled on a runtime that is over");
        }
    }

    /// A task that is refused comes back as it was: never polled, not dropped, and still able to run.
    #[case("backend/refused-hands-back-unpolled", capability(Shutdown), laws = [])]
    fn refused_hands_back_unpolled<S>(fx: &Fixture<S>) {
        let (runtime, probe) = (fx.runtime(), Probe::new(&fx.faults()));
        fx.shutdown();
        let Err(refused) = runtime.spawn(probe.ready()) else {
            return;
        };
        let mut task = refused.into_inner();
        assert_eq!((probe.polls().count(), probe.drops().count()), (0, 0));
        let polled = std::pin::pin!(&mut task).poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(()));
        drop(task);
        assert_eq!(probe.drops().count(), 1);
    }

    /// A destructor that spawns while the runtime goes down is refused, or its task is run or dropped; nothing hangs.
    #[case("backend/spawn-during-shutdown", capability(Shutdown), laws = [224])]
    fn spawn_during_shutdown<S>(fx: &Fixture<S>) {
        let probes: Vec<_> = (0..20).map(|_| Probe::new(&fx.faults())).collect();
        let spawned = Tally::new();
        for probe in &probes {
            let (runtime, probe, spawned) = (fx.runtime(), probe.clone(), spawned.clone());
            let last_wish = OnDrop::new(move || {
                drop(runtime.spawn(probe.pending()));
                spawned.add();
            });
            fx.spawn(async move {
                let _last_wish = last_wish;
                std::future::pending::<()>().await;
            });
        }
        fx.shutdown();
        spawned.reached_blocking(20);
        for probe in &probes {
            probe.drops().reached_blocking(1);
            assert_eq!(probe.drops().count(), 1);
        }
    }

    /// A thread that spawns without end starves nobody, and once the runtime is over its tasks are refused or dropped.
    #[case("backend/endless-producer", capability(Shutdown), laws = [224, 272])]
    fn endless_producer<S>(fx: &Fixture<S>) {
        let (runtime, over) = (fx.runtime(), Arc::new(AtomicBool::new(false)));
        let (ended, pushing, notice) = (Tally::new(), Gate::new(), Arc::clone(&over));
        let (counts, opens) = (ended.clone(), pushing.clone());
        let producer = thread::spawn(move || {
            let (mut pushed, mut late) = (0, 0);
            while late < many(100) {
                late += usize::from(notice.load(Ordering::SeqCst));
                let counts = counts.clone();
                let guard = OnDrop::new(move || { counts.add(); });
                drop(runtime.spawn(async move { drop(guard) }));
                pushed += 1;
                opens.open();
                // The tasks that are not yet polled stay few enough to fit into memory.
                while pushed > ended.count() + many(1_000) && !notice.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
            }
            ended.reached_blocking(pushed);
        });
        fx.block_on(async {
            pushing.wait().await;
            for _ in 0..many(100) {
                start(&fx.runtime(), yield_once()).wait().await.unwrap();
            }
        });
        fx.shutdown();
        over.store(true, Ordering::SeqCst);
        producer.join().unwrap();
    }
}
