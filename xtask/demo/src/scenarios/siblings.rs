//! Detached: one of several tasks fails, the call that started them returns its error, and the others go on.

use std::fmt;

use async_channel::{Receiver, Sender};
use steadfast::try_nursery;

use crate::runtime::Runtime;
use crate::scenario::{Failure, Observation, Scenario};

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "siblings",
    title: "Detached: one task has failed, and the call that started its siblings has returned the error",
    raw,
    steadfast,
};

struct Seen {
    failure_returned: bool,
    jobs_afterwards: usize,
}

impl Observation for Seen {
    fn is_clean(&self) -> bool {
        self.failure_returned && self.jobs_afterwards == 0
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let returned = if self.failure_returned {
            "error returned"
        } else {
            "error lost"
        };
        let jobs = self.jobs_afterwards;
        write!(
            f,
            "{returned}, {SIBLINGS} siblings did {jobs} jobs afterwards"
        )
    }
}

fn raw(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    runtime.block_on(async {
        let (queue, jobs) = async_channel::bounded(1);
        let call = async move {
            for _ in 0..SIBLINGS {
                runtime.spawn_detached(work(jobs.clone()));
            }
            runtime.spawn_and_wait(connect()).await
        };
        observe(call, queue).await
    })
}

fn steadfast(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    runtime.run_steadfast(async {
        let (queue, jobs) = async_channel::bounded(1);
        let call = try_nursery(async move |n| {
            for _ in 0..SIBLINGS {
                n.spawn_until_cancelled(work(jobs.clone()));
            }
            n.spawn(connect());
            Ok(())
        });
        observe(call, queue).await
    })
}

/// Waits for `call`, and counts what is done after it has returned.
async fn observe<E>(
    call: impl Future<Output = Result<(), E>>,
    queue: Sender<Job>,
) -> Result<Box<dyn Observation>, Failure> {
    let failure_returned = call.await.is_err();
    let jobs_afterwards = offer_jobs(queue).await;
    Ok(Box::new(Seen {
        failure_returned,
        jobs_afterwards,
    }))
}

/// The task that fails.
async fn connect() -> Result<(), Refused> {
    smol::future::yield_now().await;
    Err(Refused)
}

/// A sibling: does the jobs of the queue as they come.
async fn work(jobs: Receiver<Job>) {
    while let Ok(job) = jobs.recv().await {
        job.finish().await;
    }
}

/// Offers [`JOBS`] jobs, one after the other, and counts those that somebody did.
async fn offer_jobs(queue: Sender<Job>) -> usize {
    let mut finished = 0;
    for _ in 0..JOBS {
        let (done, receipt) = async_channel::bounded(1);
        if queue.send(Job { done }).await.is_err() {
            break;
        }
        finished += usize::from(receipt.recv().await.is_ok());
    }
    finished
}

struct Job {
    done: Sender<()>,
}

impl Job {
    async fn finish(self) {
        let _ = self.done.send(()).await;
    }
}

#[derive(Debug)]
struct Refused;

const SIBLINGS: usize = 3;
const JOBS: usize = 40;
