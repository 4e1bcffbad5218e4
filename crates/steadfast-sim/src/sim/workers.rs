//! The threads that polls happen on, one at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};

use steadfast_core::Report;
use steadfast_core::witness::{Listener, listen};

use super::build::Hears;
use super::state::{Here, Shared, Work, enter};
use super::trace::TaskId;

/// What a poll came to: the work, if there is more to do.
pub(super) type Polled = Result<Option<Work>, Box<dyn std::any::Any + Send>>;

/// Worker 0 is the thread that drives the simulator; the others have a thread each.
pub(super) struct Workers {
    shared: Arc<Shared>,
    others: Vec<Worker>,
}

struct Worker {
    jobs: Option<Sender<Job>>,
    ends: Receiver<Polled>,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    here: Here,
    work: Work,
    waker: Waker,
}

impl Workers {
    pub(super) fn start(count: usize, shared: &Arc<Shared>, hears: &Hears) -> Self {
        Self {
            shared: Arc::clone(shared),
            others: (1..count)
                .map(|number| Worker::start(number, hears.clone()))
                .collect(),
        }
    }

    /// Polls `work` once on `worker`, and waits for that. Work that is over is dropped there, too.
    pub(super) fn poll(&self, task: TaskId, worker: usize, work: Work, waker: Waker) -> Polled {
        let here = Here {
            shared: Arc::clone(&self.shared),
            task,
        };
        let job = Job { here, work, waker };
        match worker.checked_sub(1) {
            None => job.run(),
            Some(other) => self.others[other].run(job),
        }
    }
}

impl Worker {
    fn start(number: usize, hears: Hears) -> Self {
        let (jobs, inbox) = channel::<Job>();
        let (outbox, ends) = channel();
        let thread = thread::Builder::new().name(format!("steadfast-sim-{number}"));
        let work = move || {
            if let Hears(Some(hear)) = hears {
                let listener: Listener = Arc::new(move |report: &Report| hear(report));
                listen(Some(listener));
            }
            for job in inbox {
                if outbox.send(job.run()).is_err() {
                    return;
                }
            }
        };
        let thread = thread.spawn(work).expect("the system has threads to give");
        Self {
            jobs: Some(jobs),
            ends,
            thread: Some(thread),
        }
    }

    fn run(&self, job: Job) -> Polled {
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        assert!(
            matches!(sent, Some(Ok(()))),
            "a worker lives as long as its simulator"
        );
        self.ends
            .recv()
            .expect("a worker lives as long as its simulator")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It catches the panics of its tasks.
            let _ = thread.join();
        }
    }
}

impl Job {
    fn run(self) -> Polled {
        let Self {
            here,
            mut work,
            waker,
        } = self;
        let _inside = enter(here);
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let mut cx = Context::from_waker(&waker);
            work.as_mut().poll(&mut cx)
        }));
        match polled {
            Ok(Poll::Pending) => Ok(Some(work)),
            Ok(Poll::Ready(())) => catch_unwind(AssertUnwindSafe(|| drop(work))).map(|()| None),
            Err(payload) => {
                // The first panic is the one to tell; the work that panicked is not polled again.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(work)));
                Err(payload)
            }
        }
    }
}
