//! Children that block a thread.

use std::panic::Location;
use std::sync::Arc;

use super::child::{ChildTask, Duty};
use super::handle::{Child, Shares};
use super::outcome::{Failure, FailureKind};
use super::roster::ChildKind;
use super::sink::{HandleOutput, How, Scoped, Sink};
use super::spawn::{Plan, Why};
use super::{Inner, Nursery};
use crate::panic::Panic;
use crate::sync::{Mutex, lock};
use crate::{Origin, Report, Runtime, report, unwind};

impl<E: Send + 'static, R: Runtime> Nursery<E, R> {
    /// Runs `work` on a thread that may block, as a counted child.
    ///
    /// The nursery waits for it, however long it takes: a thread cannot be interrupted. `work` can ask
    /// [`is_cancelled`](crate::is_cancelled) and leave by itself; [`checkpoint`](crate::checkpoint) works too. A request that
    /// comes before it has begun does not keep it from running. A nursery's limit does not apply to it; the runtime's pool has
    /// its own.
    ///
    /// Its output, its panics and its refusal show as with [`spawn_with_handle`](Self::spawn_with_handle).
    #[track_caller]
    pub fn spawn_blocking<W, O, T>(&self, work: W) -> Child<T>
    where
        W: FnOnce() -> O + Send + 'static,
        O: HandleOutput<E, Value = T> + 'static,
        T: Send + 'static,
    {
        let location = Location::caller();
        let child = Child::new(self.child_scope(location), false);
        let plan = Plan {
            limited: false,
            ..self.plan(ChildKind::Blocking, child.sink::<Shares>(), location)
        };
        let why = match self.inner.enrol(plan) {
            Ok(duty) => self.inner.start_job(Job {
                work: Some(work),
                duty: Some(duty),
            }),
            Err(mut sink) => {
                Sink::<O, E>::publish(&mut sink, How::Refused);
                Err(Why::Closed)
            }
        };
        if let Err(why) = why {
            let origin = Origin::new(self.name.clone(), location);
            let why = why.text();
            report::send(&Report::LostWork { origin, why });
        }
        child
    }
}

impl<E: Send + 'static, R: Runtime> Inner<E, R> {
    /// Hands the job to the runtime, or takes it back unrun and ends it as refused.
    fn start_job<W, S, O>(&self, job: Job<W, S, O, E, R>) -> Result<(), Why>
    where
        W: FnOnce() -> O + Send + 'static,
        S: Sink<O, E> + Send + 'static,
        O: 'static,
    {
        let cell = Arc::new(Mutex::new(Some(job)));
        let theirs = Arc::clone(&cell);
        let run = move || {
            let job = lock(&theirs).take();
            if let Some(job) = job {
                job.run();
            }
        };
        let Err(refused) = self.runtime.spawn_blocking(run) else {
            return Ok(());
        };
        drop(refused);
        let job = lock(&cell).take();
        if let Some(mut duty) = job.and_then(|mut job| job.duty.take()) {
            duty.end(How::Refused);
            duty.finish::<O>();
        }
        Err(Why::Shutdown)
    }
}

/// Blocking work and its duty. Dropped before it has run, it ends as lost.
struct Job<W, S, O, E: Send + 'static, R: Runtime>
where
    S: Sink<O, E> + Send + 'static,
    W: FnOnce() -> O,
{
    work: Option<W>,
    duty: Option<Duty<S, E, R>>,
}

impl<W, S, O, E: Send + 'static, R: Runtime> Job<W, S, O, E, R>
where
    O: 'static,
    S: Sink<O, E> + Send + 'static,
    W: FnOnce() -> O,
{
    fn run(mut self) {
        let (Some(work), Some(mut duty)) = (self.work.take(), self.duty.take()) else {
            return;
        };
        duty.own.may_block = true;
        let result = duty.inside(|sink| unwind::catch(|| sink.take(work())));
        duty.own.may_block = false;
        match result {
            Ok(verdict) => duty.judge(verdict),
            Err(payload) => duty.panicked::<O>(payload),
        }
        duty.finish_elsewhere::<O>();
    }
}

impl<S: Scoped, E: Send + 'static, R: Runtime> Duty<S, E, R> {
    /// Finishes; clean-ups that the blocking work owes cannot be awaited on its thread, and run in a task.
    fn finish_elsewhere<O>(self)
    where
        S: Sink<O, E> + Send + 'static,
        O: 'static,
    {
        if self.own.queue.is_empty() {
            self.finish::<O>();
            return;
        }
        let runtime = self.nursery.runtime.clone();
        let task = ChildTask::<std::future::Pending<O>, S, E, R>::cleaning(self);
        // Refused, the task is dropped here, and hands its clean-ups to the nursery.
        drop(runtime.spawn(task));
    }
}

impl<W, S, O, E: Send + 'static, R: Runtime> Drop for Job<W, S, O, E, R>
where
    S: Sink<O, E> + Send + 'static,
    W: FnOnce() -> O,
{
    fn drop(&mut self) {
        let Some(mut duty) = self.duty.take() else {
            return;
        };
        let work = self.work.take();
        let dropped = duty.inside(|_| unwind::drop_caught(work));
        if let Err(payload) = dropped {
            let panic = FailureKind::Panicked(Panic::new(payload));
            duty.nursery.fail(Failure::new(duty.origin(), panic));
        }
        duty.end(How::Lost);
        duty.abandon_queue();
        duty.finish::<O>();
    }
}
