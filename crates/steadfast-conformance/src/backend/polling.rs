//! When a task may be polled, and when not.

use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

use crate::probe::{Gate, Probe, start, watch_for_inline_polls};

crate::suite::cases! {
    backend_polling_tests in backend;

    /// `spawn` returns before it polls the task, wherever it is called from.
    #[case("backend/no-inline-poll", must, laws = [])]
    fn no_inline_poll<S>(fx: &Fixture<S>) {
        let (runtime, faults) = (fx.runtime(), fx.faults());
        let spawn = move || {
            let probe = Probe::new(&faults);
            let spawned = watch_for_inline_polls(|| runtime.spawn(probe.ready()));
            assert!(spawned.is_ok(), "a runtime that is alive must take tasks");
            probe
        };
        let inside = spawn.clone();
        let mut probes = vec![spawn()];
        probes.push(thread::spawn(spawn.clone()).join().unwrap());
        fx.block_on(async {
            probes.push(spawn());
            probes.push(start(&fx.runtime(), async move { inside() }).wait().await.unwrap());
            for probe in &probes {
                probe.polls().reached(1).await;
            }
        });
    }

    /// A task is polled on one thread at a time, however many threads wake it.
    #[case("backend/never-polled-twice-at-once", must, laws = [])]
    fn never_polled_twice_at_once<S>(fx: &Fixture<S>) {
        let (probe, shared) = (Probe::new(&fx.faults()), Arc::new(Mutex::new(None)));
        let (ended, publish) = (Gate::new(), Arc::clone(&shared));
        let opens = ended.clone();
        fx.spawn(probe.future(move |poll, cx| {
            *publish.lock().unwrap() = Some(cx.waker().clone());
            cx.waker().wake_by_ref();
            // Long enough for another thread to come in, if one could.
            (0..20).for_each(|_| thread::yield_now());
            if poll < 500 {
                return Poll::Pending;
            }
            opens.open();
            Poll::Ready(())
        }));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !ended.is_open() {
                        let waker = shared.lock().unwrap().clone();
                        waker.inspect(std::task::Waker::wake_by_ref);
                        thread::yield_now();
                    }
                });
            }
            fx.block_on(ended.wait());
        });
    }

    /// A task that was ready is not polled again, though it was woken during its last poll and after it.
    #[case("backend/not-polled-after-ready", must, laws = [])]
    fn not_polled_after_ready<S>(fx: &Fixture<S>) {
        let (ready, probe) = (Gate::new(), Probe::new(&fx.faults()));
        let (opens, shared) = (ready.clone(), Arc::new(Mutex::new(None)));
        let publish = Arc::clone(&shared);
        fx.spawn(probe.future(move |_, cx| {
            cx.waker().wake_by_ref();
            *publish.lock().unwrap() = Some(cx.waker().clone());
            opens.open();
            Poll::Ready(())
        }));
        fx.block_on(async {
            ready.wait().await;
            let waker = shared.lock().unwrap().take().unwrap();
            for _ in 0..100 {
                waker.wake_by_ref();
                start(&fx.runtime(), async {}).wait().await.unwrap();
            }
        });
        assert_eq!(probe.polls().count(), 1);
    }
}
