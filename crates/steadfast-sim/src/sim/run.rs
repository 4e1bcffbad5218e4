//! Driving a simulator.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

use steadfast_core::Entry;

use super::blocking::TURN;
use super::state::{Here, MAIN, State, enter};
use super::{Sim, TaskId};

impl Entry for Sim {
    /// Runs everything until `future` is ready. What is not done then stays, for the next call.
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let driven = self.drive(self.settings.step_limit, pin!(future));
        driven.unwrap_or_else(|| {
            self.give_up(
                "livelock",
                "it has gone on for as many steps as the step limit allows",
            )
        })
    }

    fn obstacle(&self) -> Option<&'static str> {
        self.is_inside()
            .then_some("this thread is inside a poll of this simulator")
    }
}

/// What to do next.
enum Next {
    Main,
    Task(TaskId, usize),
    Stuck,
}

impl Sim {
    /// Runs at most `steps` polls; `None` if `future` is not ready after them.
    ///
    /// Dropping the simulator then drops the whole runtime at that step; [`kill`](Self::kill) drops one task. To go on, call this
    /// or `block_on` with the same future.
    ///
    /// # Panics
    ///
    /// As `block_on`, save that running out of steps is no livelock.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    /// use steadfast_core::{Builder, yield_now};
    /// use steadfast_sim::Sim;
    ///
    /// let sim = Sim::new(1);
    /// let mut main = pin!(Builder::on(&sim.handle()).run(async |n| {
    ///     n.spawn(async { loop { yield_now().await } });
    /// }));
    /// assert!(sim.run_steps(100, main.as_mut()).is_none());
    /// assert_eq!(sim.steps(), 100);
    /// ```
    pub fn run_steps<F: Future>(&self, steps: u64, future: Pin<&mut F>) -> Option<F::Output> {
        self.drive(steps, future)
    }

    fn is_inside(&self) -> bool {
        self.shared.asking().is_some()
    }

    fn drive<F: Future>(&self, steps: u64, mut future: Pin<&mut F>) -> Option<F::Output> {
        assert!(
            !self.is_inside(),
            "a simulator was entered from inside of one of its own polls; await the future instead"
        );
        let _place = TellPlace(self);
        self.shared.enter_main();
        let end = self.steps().saturating_add(steps);
        while self.steps() < end {
            match self.next() {
                Next::Task(task, worker) => self.poll(task, worker),
                Next::Main => {
                    if let Some(output) = self.poll_main(future.as_mut()) {
                        return Some(output);
                    }
                }
                Next::Stuck => self.give_up(
                    "deadlock",
                    "its future is not ready, every task waits, no timer is set, and no blocking work runs",
                ),
            }
        }
        None
    }

    /// Waits until something can run, and says what.
    fn next(&self) -> Next {
        let mut deadline = None;
        let mut state = self.wait_for_fresh(self.shared.lock());
        loop {
            let mut due = state.take_due();
            if due.is_empty() {
                match state.schedule.next() {
                    Some((0, _)) => return Next::Main,
                    Some((task, worker)) => return Next::Task(TaskId(task), worker),
                    None => due = state.take_next(),
                }
            }
            if !due.is_empty() {
                drop(state);
                due.into_iter().for_each(Waker::wake);
                state = self.shared.lock();
                continue;
            }
            // Nothing here will ever change: it is for other threads to do something.
            let now = Instant::now();
            let patience = match state.blocking {
                0 => deadline
                    .get_or_insert(now + self.settings.patience)
                    .saturating_duration_since(now),
                _ => TURN,
            };
            if patience.is_zero() {
                return Next::Stuck;
            }
            state.schedule.forget_draws();
            state = self.shared.wait(state, patience);
        }
    }

    /// Blocking work that has just begun has a turn before anything else.
    fn wait_for_fresh<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        if std::mem::take(&mut state.fresh) {
            let end = Instant::now() + TURN;
            while state.blocking > 0 {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                state = self.shared.wait(state, left);
            }
        }
        state
    }

    fn poll(&self, task: TaskId, worker: usize) {
        let begun = self.shared.lock().begin(task, worker);
        let Some((Some(work), waker)) = begun else {
            return;
        };
        let polled = self.workers.poll(task, worker, work, waker);
        match polled {
            Ok(Some(work)) => {
                let killed = self.shared.lock().rest(task, Some(work));
                drop(killed);
            }
            Ok(None) => {
                let over = self.shared.lock().end(task);
                drop(over);
            }
            Err(payload) => {
                let over = self.shared.lock().end(task);
                drop(over);
                resume_unwind(payload);
            }
        }
    }

    fn poll_main<F: Future>(&self, future: Pin<&mut F>) -> Option<F::Output> {
        let (_, waker) = self.shared.lock().begin(MAIN, 0)?;
        let inside = enter(Here {
            shared: Arc::clone(&self.shared),
            task: MAIN,
        });
        // If it panics, the main future is over, too.
        let over = crate::kit::OnDrop::new(|| {
            let over = self.shared.lock().end(MAIN);
            drop(over);
        });
        let polled = future.poll(&mut Context::from_waker(&waker));
        drop(inside);
        match polled {
            Poll::Ready(output) => Some(output),
            Poll::Pending => {
                over.disarm();
                let rest = self.shared.lock().rest(MAIN, None);
                drop(rest);
                None
            }
        }
    }

    fn place(&self) -> String {
        format!(
            "step {} (seed {}, policy {}, {} workers)",
            self.steps(),
            self.settings.seed,
            self.settings.policy.name(),
            self.settings.workers
        )
    }

    fn give_up(&self, what: &str, why: &str) -> ! {
        let waiting = self.shared.lock().waiting();
        let text = format!(
            "steadfast-sim: {what} at {}: {why}\n{}\ntasks of the simulator:\n{waiting}",
            self.place(),
            steadfast_core::tree()
        );
        self.end();
        panic!("{text}")
    }
}

/// If a run ends with a panic, be it of `main` or of a task, says how to have that run again.
struct TellPlace<'a>(&'a Sim);

impl Drop for TellPlace<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("steadfast-sim: panicked at {}", self.0.place());
        }
    }
}
