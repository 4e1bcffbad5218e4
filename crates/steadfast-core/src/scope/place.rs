//! The task at hand as a place where children are polled.

use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use super::Invariant;
use super::crowd::{Movable, Staying};
use super::room::Room;
use crate::nursery::{Inner, Place, Plan, Task, Why, hold};
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
    pub(super) around: Around<S>,
    pub(super) room: Arc<Room>,
}

/// The runtime around, whatever its type, or the lack of one: where children need it for clocks and threads alone.
pub(crate) struct Around<S>(pub(crate) S);

impl<S: Source> Source for Around<S> {
    type Runtime = AnyRuntime;

    fn resolve(self) -> Result<(AnyRuntime, AnyRuntime), NoRuntime> {
        let around = self.resolve_any()?;
        Ok((around.clone(), around))
    }

    fn resolve_any(self) -> Result<AnyRuntime, NoRuntime> {
        let around = self.0.resolve_any();
        Ok(around.unwrap_or_else(|error| AnyRuntime::new(Nowhere(error))))
    }
}

impl<S: Source> Source for TaskSource<S> {
    type Runtime = InTask;

    fn resolve(self) -> Result<(InTask, AnyRuntime), NoRuntime> {
        let around = self.around.resolve_any()?;
        let in_task = InTask {
            room: self.room,
            around: around.clone(),
        };
        Ok((in_task, around))
    }
}

impl InTask {
    pub(super) const fn room(&self) -> &Arc<Room> {
        &self.room
    }
}

/// The room of a scope, open to children that live for `'env`.
pub(super) struct Door<'env, K, A> {
    room: A,
    env: PhantomData<Invariant<'env, K>>,
}

impl<K, A> Door<'_, K, A> {
    /// # Safety
    ///
    /// What lives for `'env` outlives the scope whose room that is, and that scope's crowd is of the kind `K`.
    pub(super) const unsafe fn new(room: A) -> Self {
        Self {
            room,
            env: PhantomData,
        }
    }
}

/// That a door to a crowd of this kind lets `T` in.
///
/// # Safety
///
/// A `T` that goes through a door of this kind may be polled and dropped wherever a scope with such a crowd is.
unsafe trait Takes<T> {}

// SAFETY: it may be on any thread.
unsafe impl<T: Send> Takes<T> for Movable {}

// SAFETY: neither the scope's future nor the door leaves the thread on which the body runs, for `Staying` is not `Send`, nor is a
// reference to it.
unsafe impl<T> Takes<T> for Staying {}

impl<'env, K, T, A> Place<T> for Door<'env, K, A>
where
    K: Takes<T>,
    T: Task<Runtime = InTask> + 'env,
    A: Deref<Target = Room>,
{
    const REFUSAL: Why = Why::Closed;
    const HOLDS: bool = true;

    #[inline]
    fn hold(
        &self,
        nursery: &Arc<Inner<T::Error, InTask>>,
        plan: Plan<T::Sink>,
        work: T::Work,
    ) -> Result<(), (Plan<T::Sink>, T::Work)> {
        // SAFETY: a task `T` with that work and that sink lives for `'env`, and so outlives the scope, whose crowd is of the kind
        // `K` (`Door::new`); `K` takes it.
        unsafe { hold::<T>(&self.room, nursery, plan, work) }
    }

    fn put(&self, task: T) -> Result<(), Refused<T>> {
        // SAFETY: as above.
        unsafe { self.room.put(task) }.map_err(Refused::new)
    }
}

impl Spawn for InTask {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // SAFETY: `task` lives for ever, and may be on any thread.
        unsafe { self.room.put(task) }.map_err(Refused::new)
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
