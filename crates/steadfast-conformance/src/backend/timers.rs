//! Time: never early, never lost, and freed when nobody waits for it any more.
//!
//! How late a timer may be is nobody's promise, and no case says anything about it.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use steadfast_core::Timer;

use crate::probe::{CountingWaker, Gate, many, start};

crate::suite::cases! {
    backend_timers_tests in backend;

    /// A timer is never early on the clock that it belongs to.
    #[case("backend/timer-lower-bound", capability(Timers), laws = [])]
    fn timer_lower_bound<S>(fx: &Fixture<S>) {
        let runtime = fx.runtime();
        let early = start(&fx.runtime(), async move {
            for micros in [1, 100, 1_000, 1_500, 20_000] {
                let at = runtime.now() + Duration::from_micros(micros);
                runtime.sleep_until(at).await;
                if runtime.now() < at {
                    return true;
                }
            }
            false
        });
        assert_eq!(fx.block_on(early.wait()), Ok(false), "a timer was ready before its instant");
    }

    /// A timer for now or for the past is soon ready.
    #[case("backend/timer-past-completes", capability(Timers), laws = [])]
    fn timer_past_completes<S>(fx: &Fixture<S>) {
        let runtime = fx.runtime();
        fx.block_on(async {
            runtime.sleep_until(runtime.now()).await;
            let past = runtime.now().checked_sub(Duration::from_secs(1));
            runtime.sleep_until(past.unwrap_or_else(|| runtime.now())).await;
        });
    }

    /// A timer for next year, or for the last instant that there is, is pending, and nothing overflows.
    #[case("backend/timer-far-future-pending", capability(Timers), laws = [])]
    fn timer_far_future_pending<S>(fx: &Fixture<S>) {
        let runtime = fx.runtime();
        fx.block_on(async {
            let next_year = runtime.now() + Duration::from_secs(365 * 24 * 60 * 60);
            for at in [next_year, last_instant(runtime.now())] {
                let mut sleep = pin!(runtime.sleep_until(at));
                for _ in 0..3 {
                    let pending = polled_pending(sleep.as_mut()).await;
                    assert!(pending, "ready although its instant is far away");
                    runtime.sleep_until(runtime.now() + Duration::from_millis(2)).await;
                }
            }
        });
    }

    /// A timer that is dropped lets go of the waker that it held.
    #[case("backend/timer-drop-frees", capability(Timers), laws = [])]
    fn timer_drop_frees<S>(fx: &Fixture<S>) {
        let (runtime, waker) = (fx.runtime(), CountingWaker::new());
        fx.block_on(async {
            let held = waker.waker();
            let mut sleep = Box::pin(runtime.sleep_until(runtime.now() + HOUR));
            assert!(sleep.as_mut().poll(&mut Context::from_waker(&held)).is_pending());
            drop((sleep, held));
            until_freed(&runtime, &waker).await;
        });
        assert_eq!(waker.wakes(), 0, "a dropped timer woke");
    }

    /// Ten thousand timers that were made and dropped leave nothing behind.
    #[case("backend/timer-churn-frees", capability(Timers), laws = [128])]
    fn timer_churn_frees<S>(fx: &Fixture<S>) {
        let (runtime, waker) = (fx.runtime(), CountingWaker::new());
        fx.block_on(async {
            let held = waker.waker();
            for _ in 0..many(10_000) {
                let mut sleep = pin!(runtime.sleep_until(runtime.now() + HOUR));
                assert!(sleep.as_mut().poll(&mut Context::from_waker(&held)).is_pending());
            }
            drop(held);
            until_freed(&runtime, &waker).await;
        });
    }

    /// A timer that is polled with a second waker wakes that one.
    #[case("backend/timer-wakes-last-waker", capability(Timers), laws = [])]
    fn timer_wakes_last_waker<S>(fx: &Fixture<S>) {
        let (runtime, first) = (fx.runtime(), CountingWaker::new());
        until_in_time(|delay| {
            let at = runtime.now() + delay;
            let mut sleep = Box::pin(runtime.sleep_until(at));
            let polled = sleep.as_mut().poll(&mut Context::from_waker(&first.waker()));
            if polled.is_ready() {
                return false;
            }
            let task = start(&runtime, woken_for(sleep));
            let in_time = fx.block_on(task.wait()).unwrap();
            assert!(runtime.now() >= at);
            in_time
        });
    }

    /// An earlier timer can take the place of a later one.
    #[case("backend/timer-reset", capability(Timers), laws = [])]
    fn timer_reset<S>(fx: &Fixture<S>) {
        let runtime = fx.runtime();
        let task = start(&fx.runtime(), async move {
            let mut sleep = Box::pin(runtime.sleep_until(runtime.now() + HOUR));
            polled_pending(sleep.as_mut()).await;
            let at = runtime.now() + Duration::from_millis(2);
            sleep.set(runtime.sleep_until(at));
            sleep.await;
            runtime.now() >= at
        });
        assert_eq!(fx.block_on(task.wait()), Ok(true));
    }

    /// A runtime that sleeps until a far timer wakes for a near one that another thread brings.
    #[case("backend/timer-earlier-from-another-thread", capability(Timers), laws = [111])]
    fn timer_earlier_from_another_thread<S>(fx: &Fixture<S>) {
        let (runtime, waiting) = (fx.runtime(), Gate::new());
        let (opens, late) = (waiting.clone(), fx.runtime());
        fx.spawn(async move {
            let mut sleep = pin!(late.sleep_until(late.now() + HOUR));
            polled_pending(sleep.as_mut()).await;
            opens.open();
            sleep.await;
        });
        fx.block_on(waiting.wait());
        until_in_time(|delay| {
            let (runtime, near) = (runtime.clone(), runtime.clone());
            // Made there, awaited here: a timer belongs to its runtime and not to a thread.
            let brought = thread::spawn(move || {
                let sleep = runtime.sleep_until(runtime.now() + delay);
                start(&near, woken_for(sleep))
            });
            fx.block_on(brought.join().unwrap().wait()).unwrap()
        });
    }

    /// A thousand timers for the same instant all fire.
    #[case("backend/many-timers-all-fire", capability(Timers), laws = [])]
    fn many_timers_all_fire<S>(fx: &Fixture<S>) {
        let runtime = fx.runtime();
        until_in_time(|delay| {
            let at = runtime.now() + delay;
            let sleeps: Vec<_> = (0..many(1_000)).map(|_| {
                start(&runtime, woken_for(runtime.sleep_until(at)))
            }).collect();
            fx.block_on(async {
                let mut in_time = true;
                for sleep in sleeps {
                    in_time &= sleep.wait().await.unwrap();
                }
                assert!(runtime.now() >= at);
                in_time
            })
        });
    }

    /// The clock does not go back, and it moves while somebody waits for it.
    #[case("backend/clock-is-monotonic", capability(Timers), laws = [])]
    fn clock_is_monotonic<S>(fx: &Fixture<S>) {
        let (runtime, mut last) = (fx.runtime(), fx.runtime().now());
        for _ in 0..many(1_000) {
            let now = runtime.now();
            assert!(now >= last, "the clock went back");
            last = now;
        }
        fx.block_on(runtime.sleep_until(last + Duration::from_millis(1)));
        assert!(runtime.now() > last);
    }
}

/// Repeats `attempt` with longer and longer delays, until it says that it did its preparations before the delay was over.
/// On a busy machine an attempt may find its instant already past, and then it has checked nothing.
fn until_in_time(attempt: impl Fn(Duration) -> bool) {
    let mut delay = Duration::from_millis(20);
    while !attempt(delay) {
        delay *= 4;
    }
}

/// Waits for `sleep`, and says whether it was pending at first, so that only a wake can have ended it.
async fn woken_for(sleep: impl Future<Output = ()>) -> bool {
    let (mut sleep, mut pending) = (pin!(sleep), None);
    poll_fn(|cx| {
        let poll = sleep.as_mut().poll(cx);
        pending.get_or_insert(poll.is_pending());
        poll
    })
    .await;
    pending.unwrap_or(false)
}

/// Polls `sleep` once, with the waker of the task that awaits this; whether it was pending.
async fn polled_pending(mut sleep: Pin<&mut impl Future<Output = ()>>) -> bool {
    poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx).is_pending())).await
}

/// Waits until nobody holds the waker. The short sleeps give the timers the occasion to notice what was dropped.
async fn until_freed(runtime: &impl Timer, waker: &CountingWaker) {
    while waker.held() > 0 {
        runtime
            .sleep_until(runtime.now() + Duration::from_millis(1))
            .await;
    }
}

/// The last instant that `Instant` can express, to the second.
fn last_instant(mut at: Instant) -> Instant {
    let mut step = Duration::from_secs(1 << 62);
    while step >= Duration::from_secs(1) {
        match at.checked_add(step) {
            Some(later) => at = later,
            None => step /= 2,
        }
    }
    at
}

const HOUR: Duration = Duration::from_secs(60 * 60);
