//! A wake leads to a poll, from wherever and whenever it comes.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use crate::probe::{Gate, Probe, start};

crate::suite::cases! {
    backend_waking_tests in backend;

    /// An idle task is polled again after each wake.
    #[case("backend/re-polled-after-wake", must, laws = [])]
    fn re_polled_after_wake<S>(fx: &Fixture<S>) {
        let (probe, waker) = (Probe::new(&fx.faults()), Slot::default());
        fx.spawn(probe.future(waker.publish()));
        fx.block_on(async {
            for poll in 1..=100 {
                probe.polls().reached(poll).await;
                let_it_rest(poll);
                waker.wake();
            }
            probe.polls().reached(101).await;
        });
    }

    /// A wake during a poll leads to another poll.
    #[case("backend/wake-during-poll-not-lost", must, laws = [])]
    fn wake_during_poll_not_lost<S>(fx: &Fixture<S>) {
        let probe = Probe::new(&fx.faults());
        fx.spawn(probe.future(|poll, cx| {
            cx.waker().wake_by_ref();
            if poll == 100 { Poll::Ready(()) } else { Poll::Pending }
        }));
        fx.block_on(probe.drops().reached(1));
        assert_eq!(probe.polls().count(), 100);
    }

    /// A wake from another thread during a poll, which goes on after it, leads to another poll.
    #[case("backend/foreign-wake-during-poll-not-lost", must, laws = [])]
    fn foreign_wake_during_poll_not_lost<S>(fx: &Fixture<S>) {
        let probe = Probe::new(&fx.faults());
        fx.spawn(probe.future(|poll, cx| {
            if poll == 20 {
                return Poll::Ready(());
            }
            let waker = cx.waker().clone();
            thread::spawn(move || waker.wake()).join().unwrap();
            Poll::Pending
        }));
        fx.block_on(probe.drops().reached(1));
        assert_eq!(probe.polls().count(), 20);
    }

    /// A thread that the runtime knows nothing of can wake a task, and the runtime notices although it is idle.
    #[case("backend/wake-from-foreign-thread", must, laws = [])]
    fn wake_from_foreign_thread<S>(fx: &Fixture<S>) {
        let (probe, waker) = (Probe::new(&fx.faults()), Slot::default());
        fx.spawn(probe.future(waker.publish()));
        let polls = probe.polls().clone();
        let thread = thread::spawn(move || {
            for poll in 1..=50 {
                polls.reached_blocking(poll);
                let_it_rest(poll);
                waker.wake();
            }
        });
        fx.block_on(probe.polls().reached(51));
        thread.join().unwrap();
    }

    /// A wake through any clone of the waker counts, also after the other clones are gone.
    #[case("backend/waker-clones-are-equal", must, laws = [])]
    fn waker_clones_are_equal<S>(fx: &Fixture<S>) {
        let (probe, waker) = (Probe::new(&fx.faults()), Slot::default());
        fx.spawn(probe.future(waker.publish()));
        fx.block_on(async {
            for poll in 1..=50 {
                probe.polls().reached(poll).await;
                let_it_rest(poll);
                let clone = waker.take().clone();
                let last = clone.clone();
                drop(clone);
                last.wake();
            }
            probe.polls().reached(51).await;
        });
    }

    /// A wake after the end of a task does nothing, from any thread, and its waker can still be cloned and dropped.
    #[case("backend/wake-after-end-noop", must, laws = [])]
    fn wake_after_end_noop<S>(fx: &Fixture<S>) {
        let (probe, waker) = (Probe::new(&fx.faults()), Slot::default());
        let publish = waker.publish();
        fx.spawn(probe.future(move |poll, cx| {
            let _ = publish(poll, cx);
            Poll::Ready(())
        }));
        fx.block_on(async {
            probe.drops().reached(1).await;
            let waker = waker.take();
            let elsewhere = waker.clone();
            thread::spawn(move || elsewhere.wake()).join().unwrap();
            for _ in 0..100 {
                waker.wake_by_ref();
                start(&fx.runtime(), async {}).wait().await.unwrap();
            }
        });
        assert_eq!(probe.polls().count(), 1);
        assert_eq!(probe.drops().count(), 1);
    }

    /// A hundred wakes during one poll lead to one more poll, not to a hundred.
    #[case("backend/wake-storm-coalesces", should, laws = [])]
    fn wake_storm_coalesces<S>(fx: &Fixture<S>) {
        let (probe, ended) = (Probe::new(&fx.faults()), Gate::new());
        let opens = ended.clone();
        fx.spawn(probe.future(move |poll, cx| {
            if poll == 1 {
                (0..100).for_each(|_| cx.waker().wake_by_ref());
            } else {
                opens.open();
            }
            Poll::Pending
        }));
        fx.block_on(async {
            ended.wait().await;
            for _ in 0..100 {
                start(&fx.runtime(), async {}).wait().await.unwrap();
            }
        });
        let polls = probe.polls().count();
        assert!(polls < 10, "{polls} polls for one storm");
    }
}

/// Gives the thread that polled the occasion to end its poll, more of it in each round: in one of them the task is idle.
fn let_it_rest(round: usize) {
    (0..round).for_each(|_| thread::yield_now());
}

/// Holds the waker of the last poll.
#[derive(Clone, Default)]
struct Slot(Arc<Mutex<Option<Waker>>>);

impl Slot {
    /// A script that leaves its waker here and is pending.
    fn publish(
        &self,
    ) -> impl Fn(usize, &mut std::task::Context<'_>) -> Poll<()> + Send + Sync + 'static {
        let slot = self.clone();
        move |_, cx| {
            *slot.0.lock().unwrap() = Some(cx.waker().clone());
            Poll::Pending
        }
    }

    fn take(&self) -> Waker {
        let waker = self.0.lock().unwrap().take();
        waker.expect("the task was polled")
    }

    fn wake(&self) {
        self.take().wake();
    }
}
