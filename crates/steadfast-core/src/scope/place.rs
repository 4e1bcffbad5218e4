//! The task at hand as a place where children are polled.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use super::crowd::{Movable, Staying};
use super::room::Room;
use super::slot::Slot;
use super::{Invariant, LocalScope, Scope};
use crate::nursery::{Place, Why};
use crate::runtime::BoxSleep;
use crate::{AnyRuntime, NoRuntime, Refused, Source, Spawn, SpawnBlocking, Timer};

/// What the nursery of a scope takes for its runtime: tasks are polled by the scope's future; threads and clocks are those of
/// the runtime around.
#[derive(Clone)]
pub(crate) struct InTask {
    room: Arc<Room>,
    around: AnyRuntime,
}

/// Where the nursery of a scope gets that from.
pub(super) struct TaskSource<S> {
    pub(super) around: S,
    pub(super) room: Arc<Room>,
}

impl<S: Source> Source for TaskSource<S> {
    type Runtime = InTask;

    /// Never fails: without a runtime, a scope does without a clock.
    fn resolve(self) -> Result<(InTask, AnyRuntime), NoRuntime> {
        let around = match self.around.resolve() {
            Ok((_, around)) => around,
            Err(error) => AnyRuntime::new(Nowhere(error)),
        };
        let in_task = InTask {
            room: self.room,
            around: around.clone(),
        };
        Ok((in_task, around))
    }
}

/// Puts `task` into the list of `room`.
///
/// # Safety
///
/// `task` outlives the scope of this room, and may be used on every thread on which the future of that scope is.
unsafe fn put<T: Future<Output = ()>>(room: &Arc<Room>, task: T) -> Result<(), Refused<T>> {
    let Err(slot) = Slot::new(room, task).enter() else {
        return Ok(());
    };
    // SAFETY: the slot was made with `T` in this function, and the room has not taken it.
    let task = unsafe { slot.into_future::<T>() };
    task.map_or(Ok(()), |task| Err(Refused::new(task)))
}

/// The room of a scope, open to children that live for `'env`.
pub(super) struct Door<'env, K> {
    room: Arc<Room>,
    env: PhantomData<Invariant<'env, K>>,
}

impl<'env, E: Send + 'static> Scope<'env, E> {
    pub(super) fn door(&self) -> Door<'env, Movable> {
        Door {
            room: Arc::clone(&self.nursery.place().room),
            env: PhantomData,
        }
    }
}

impl<'env, E: Send + 'static> LocalScope<'env, E> {
    pub(super) fn door(&self) -> Door<'env, Staying> {
        Door {
            room: Arc::clone(&self.nursery.place().room),
            env: PhantomData,
        }
    }
}

impl<'env, T: Future<Output = ()> + Send + 'env> Place<T> for Door<'env, Movable> {
    const REFUSAL: Why = Why::Closed;

    fn put(&self, task: T) -> Result<(), Refused<T>> {
        // SAFETY: a door comes from a handle to the scope, whose future has the same, invariant lifetime (`ScopeFuture`): what
        // lives for it outlives the future. `task` may be on any thread.
        unsafe { put(&self.room, task) }
    }
}

impl<'env, T: Future<Output = ()> + 'env> Place<T> for Door<'env, Staying> {
    const REFUSAL: Why = Why::Closed;

    fn put(&self, task: T) -> Result<(), Refused<T>> {
        // SAFETY: for the lifetime, as above. Neither the scope's future nor its handles, and so no door either, leave the thread on
        // which the body runs: `Staying` is not `Send`, nor is a reference to it.
        unsafe { put(&self.room, task) }
    }
}

impl Spawn for InTask {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // SAFETY: `task` lives for ever, and may be on any thread.
        unsafe { put(&self.room, task) }
    }
}

impl SpawnBlocking for InTask {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        self.around.spawn_blocking(work)
    }
}

impl Timer for InTask {
    type Sleep = BoxSleep;

    fn sleep_until(&self, at: Instant) -> BoxSleep {
        self.around.sleep_until(at)
    }

    fn now(&self) -> Instant {
        self.around.now()
    }
}

/// The runtime around a scope that is driven by a bare `block_on`: there is none.
#[derive(Clone)]
pub(crate) struct Nowhere(NoRuntime);

impl Nowhere {
    pub(crate) const fn error(&self) -> NoRuntime {
        self.0
    }
}

impl Spawn for Nowhere {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Err(Refused::new(task))
    }
}

impl SpawnBlocking for Nowhere {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        Err(Refused::new(work))
    }
}

impl Timer for Nowhere {
    type Sleep = std::future::Pending<()>;

    fn sleep_until(&self, _: Instant) -> Self::Sleep {
        panic!("{}", self.0)
    }
}
