//! The runtimes, each made anew for a job.

use std::ops::Range;

use steadfast_async_std::AsyncStd;
use steadfast_core::{Entry, Runtime};
use steadfast_sim::{Policy, Sim};
use steadfast_smol::SmolRuntime;
use steadfast_tokio::TokioRuntime;

use crate::crowd;
use crate::round::{Failure, fall, run};

/// What is done on a runtime.
#[derive(Debug)]
pub(crate) enum Job {
    /// A round for each seed, one after the other on the same runtime.
    Rounds(Range<u64>),
    /// The same, with the runtime taken down in the middle of each.
    Falls(Range<u64>),
    /// One nursery with so many children.
    Crowd(usize),
}

/// The name of a runtime, and the way to work on it.
pub(crate) type Row = (&'static str, fn(Job) -> Result<(), Failure>);

pub(crate) const RUNTIMES: &[Row] = &[
    ("tokio-multi-thread", |job| {
        let make = || TokioRuntime::multi_thread(4).expect("the machine has threads to give");
        job.on_owned(make, TokioRuntime::handle)
    }),
    ("tokio-current-thread", |job| {
        let make =
            || TokioRuntime::current_thread().expect("the machine has an event queue to give");
        job.on_owned(make, TokioRuntime::handle)
    }),
    // Not taken down: a wake in that very instant may make `async-executor` leak a task, as the docs of the backend say.
    ("smol", |job| {
        let runtime = SmolRuntime::with_threads(4).expect("the machine has threads to give");
        job.on(&runtime.handle(), &runtime)
    }),
    ("async-std", |job| job.on(&AsyncStd, &AsyncStd)),
    ("sim", |job| match job {
        Job::Rounds(mut seeds) => seeds.try_for_each(|seed| {
            let sim = simulator(seed);
            run(seed, &sim.handle(), &sim)
        }),
        job => job.on_owned(|| simulator(0), Sim::handle),
    }),
];

/// Every policy in turn, each with another number of workers.
fn simulator(seed: u64) -> Sim {
    let chance = usize::try_from(seed % 4).unwrap_or_default();
    let sim = Sim::builder().seed(seed).policy(Policy::ALL[chance]);
    sim.workers(1 + chance).step_limit(u64::MAX).build()
}

impl Job {
    /// On a runtime that has an owner, which takes it down.
    fn on_owned<R: Runtime, N: Entry>(
        self,
        make: impl Fn() -> N,
        handle: impl Fn(&N) -> R,
    ) -> Result<(), Failure> {
        match self {
            Self::Falls(mut seeds) => seeds.try_for_each(|seed| {
                let entry = make();
                fall(seed, handle(&entry), entry)
            }),
            job => {
                let entry = make();
                job.on(&handle(&entry), &entry)
            }
        }
    }

    fn on<R: Runtime>(self, runtime: &R, entry: &impl Entry) -> Result<(), Failure> {
        match self {
            Self::Rounds(mut seeds) => seeds.try_for_each(|seed| run(seed, runtime, entry)),
            // It is never taken down.
            Self::Falls(_) => Ok(()),
            Self::Crowd(children) => {
                Failure::unless_nothing(0, crowd::run(children, runtime, entry))
            }
        }
    }
}
