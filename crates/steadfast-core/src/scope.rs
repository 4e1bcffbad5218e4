//! The scope: it owns children that run inside the current task, and that may borrow from it.
//!
//! A scope is a nursery whose children are polled by its own future, not by a runtime. Everything that a nursery promises is
//! done by the nursery in it ([`crate::nursery`]): one body of code counts, cancels, shields, cleans up and sums up for both.
//! What is here is where the children are polled, and for how long they may borrow.
//!
//! # How borrowing is sound
//!
//! Children live in the scope's future and nowhere else. They may borrow what lives for `'env`, and the future's type has that
//! lifetime, too: so it is gone, or forgotten, before what they borrow is. If it is dropped, it drops them first. If it is
//! forgotten, they are, too: nobody else can reach them, so that nothing uses a borrow that has ended. That is why the children
//! of a scope cannot run in parallel with the task: whoever polled them would have to be kept from going on, and a forgotten
//! future cannot do that.
//!
//! `'env` is invariant in [`Scope`]: were it covariant, a scope could be taken for one of a shorter lifetime, and be given a
//! child that borrows for that time only.
//!
//! # Parts
//!
//! [`slot`] holds one child, and is the unsafe noun; [`arena`] is where the slots lie; [`room`] has the lists of those who have been
//! woken; [`crowd`] polls them; [`run`] is the future. [`bells`] lends the lists to others who poll many things in one task.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use crate::nursery::{
    All, Never, Nursery, NurseryError, Plain, Try, fill, handle_methods, spawn_methods,
};
use crate::{Builder, Source};

mod arena;
mod bells;
mod crowd;
mod place;
mod room;
mod run;
mod slot;

pub(crate) use self::bells::Bells;
use self::crowd::Staying;
pub(crate) use self::crowd::{Crowd, Movable, Polled};
use self::place::Door;
pub(crate) use self::place::{Around, InTask, Nowhere};
pub(crate) use self::room::Room;
pub(crate) use self::run::TURN;
pub(crate) use self::slot::Header;

/// A handle to an open scope: spawns children into it, asks it to end, looks at it.
///
/// Cheap to clone, usable from the body and from children: a child that spawns others takes a clone. Its children are `Send`, so that
/// the scope's future can be; for children that are not there is [`LocalScope`]. A child costs no allocation of its own, amortised, unless it is spawned from outside of
/// the task, which costs one.
///
/// There is no `spawn_blocking`: a thread goes on while the scope's future is not polled, and when it is forgotten, so that it could
/// borrow nothing. Blocking work that owns its data is a child of a nursery; work that borrows, of
/// [`std::thread::scope`] or of a [blocking scope](Builder::block_scope).
///
/// `'env` is how long the children may borrow: longer than the scope lasts. `E` is the error that children may end with, which borrows
/// nothing; in a plain scope there is none.
pub struct Scope<'env, E = Never> {
    nursery: Nursery<E, InTask>,
    env: PhantomData<Invariant<'env, Movable>>,
}

/// A [`Scope`] whose children need not be `Send`. Neither is its future, then.
pub struct LocalScope<'env, E = Never> {
    nursery: Nursery<E, InTask>,
    env: PhantomData<Invariant<'env, Staying>>,
}

/// Neither grows nor shrinks, and moves between threads as `K` does.
type Invariant<'env, K> = (fn(&'env ()) -> &'env (), K);

impl<S: Source> Builder<S> {
    /// Opens a scope, runs `body` in it, and returns the body's value when everybody has finished.
    ///
    /// As [`run`](Self::run), but the children run inside the current task: concurrently, not in parallel, and they may borrow
    /// from the caller. It needs no runtime; what needs a clock (a deadline, a grace period, a slow exit) uses that of the
    /// builder's runtime or of the task, if there is one.
    ///
    /// # Panics
    ///
    /// Once everybody has finished, with the first panic of the body or a child. And if a deadline or a grace period is set
    /// where there is no runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it asks everybody to end with [`CancelReason::Dropped`](crate::CancelReason::Dropped) and drops the body and all children
    /// where they stand, as a dropped future drops its locals. Clean-ups that they owe are handed to the task that drops it.
    /// Forgotten, it forgets them.
    #[track_caller]
    pub fn scope<'env, F, Fut>(self, body: F) -> impl Future<Output = Fut::Output>
    where
        F: FnOnce(Scope<'env>) -> Fut,
        Fut: Future, // the body: `async |s| ..`, not `|s| ..`
    {
        self.open_scope::<'env, Movable, _, _, Plain>(|nursery| body(Scope::new(nursery)))
    }

    /// Opens a scope, runs `body` in it, and returns the body's value if nobody has failed.
    ///
    /// To [`scope`](Self::scope) what [`try_run`](Self::try_run) is to [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// [`NurseryError`], once everybody has finished.
    ///
    /// # Panics
    ///
    /// As [`scope`](Self::scope), unless [`collect_panics`](Self::collect_panics) is set.
    ///
    /// # Cancel safety
    ///
    /// As [`scope`](Self::scope).
    #[track_caller]
    pub fn try_scope<'env, F, Fut, T, E>(
        self,
        body: F,
    ) -> impl Future<Output = Result<T, NurseryError<E>>>
    where
        F: FnOnce(Scope<'env, E>) -> Fut,
        Fut: Future<Output = Result<T, E>>, // the body: `async |s| ..`, not `|s| ..`
        E: Send + 'static,
    {
        self.open_scope::<'env, Movable, _, _, Try>(|nursery| body(Scope::new(nursery)))
    }

    /// [`scope`](Self::scope) for children that are not `Send`.
    ///
    /// # Panics
    ///
    /// As [`scope`](Self::scope).
    ///
    /// # Cancel safety
    ///
    /// As [`scope`](Self::scope).
    #[track_caller]
    pub fn scope_local<'env, F, Fut>(self, body: F) -> impl Future<Output = Fut::Output>
    where
        F: FnOnce(LocalScope<'env>) -> Fut,
        Fut: Future, // the body: `async |s| ..`, not `|s| ..`
    {
        self.open_scope::<'env, Staying, _, _, Plain>(|nursery| body(LocalScope::new(nursery)))
    }

    /// [`try_scope`](Self::try_scope) for children that are not `Send`.
    ///
    /// # Errors
    ///
    /// As [`try_scope`](Self::try_scope).
    ///
    /// # Panics
    ///
    /// As [`try_scope`](Self::try_scope).
    ///
    /// # Cancel safety
    ///
    /// As [`scope`](Self::scope).
    #[track_caller]
    pub fn try_scope_local<'env, F, Fut, T, E>(
        self,
        body: F,
    ) -> impl Future<Output = Result<T, NurseryError<E>>>
    where
        F: FnOnce(LocalScope<'env, E>) -> Fut,
        Fut: Future<Output = Result<T, E>>, // the body: `async |s| ..`, not `|s| ..`
        E: Send + 'static,
    {
        self.open_scope::<'env, Staying, _, _, Try>(|nursery| body(LocalScope::new(nursery)))
    }
}

impl<S: Source> Builder<S> {
    /// [`map_concurrent`](Self::map_concurrent) whose children run inside the current task, and may borrow from the caller.
    ///
    /// # Errors
    ///
    /// As [`map_concurrent`](Self::map_concurrent).
    ///
    /// # Panics
    ///
    /// As [`map_concurrent`](Self::map_concurrent); and if a deadline or a grace period is set where there is no runtime.
    ///
    /// # Cancel safety
    ///
    /// As [`scope`](Self::scope). The values so far are dropped, too.
    #[track_caller]
    pub fn map_concurrent_scoped<'env, I, F, Fut, T, E>(
        self,
        items: I,
        limit: usize,
        f: F,
    ) -> impl Future<Output = Result<Vec<T>, NurseryError<E>>>
    where
        I: IntoIterator,
        F: FnMut(I::Item) -> Fut,
        Fut: Future<Output = Result<T, E>> + Send + 'env,
        T: Send + 'env,
        E: Send + 'static,
    {
        let location = Location::caller();
        let limited = self.limit(limit);
        limited.open_scope::<'env, Movable, _, _, All>(move |nursery| {
            let door = Scope::<'env, E>::new(nursery.clone()).door();
            fill(nursery, door, items, f, location)
        })
    }

    /// [`map_concurrent_scoped`](Self::map_concurrent_scoped) for children that are not `Send`.
    ///
    /// # Errors
    ///
    /// As [`map_concurrent`](Self::map_concurrent).
    ///
    /// # Panics
    ///
    /// As [`map_concurrent_scoped`](Self::map_concurrent_scoped).
    ///
    /// # Cancel safety
    ///
    /// As [`map_concurrent_scoped`](Self::map_concurrent_scoped).
    #[track_caller]
    pub fn map_concurrent_scoped_local<'env, I, F, Fut, T, E>(
        self,
        items: I,
        limit: usize,
        f: F,
    ) -> impl Future<Output = Result<Vec<T>, NurseryError<E>>>
    where
        I: IntoIterator,
        F: FnMut(I::Item) -> Fut,
        Fut: Future<Output = Result<T, E>> + 'env,
        T: 'env,
        E: Send + 'static,
    {
        let location = Location::caller();
        let limited = self.limit(limit);
        limited.open_scope::<'env, Staying, _, _, All>(move |nursery| {
            let door = LocalScope::<'env, E>::new(nursery.clone()).door();
            fill(nursery, door, items, f, location)
        })
    }
}

handle_methods!(['env, E: Send + 'static] Scope<'env, E>);
spawn_methods!(
    ['env, E: Send + 'static] Scope<'env, E>,
    [Send + 'env], // for children that are not `Send`: `scope_local`
    use<'env, F, E>
);
handle_methods!(['env, E: Send + 'static] LocalScope<'env, E>);
spawn_methods!(['env, E: Send + 'static] LocalScope<'env, E>, ['env], use<'env, F, E>);

/// How both kinds are made.
macro_rules! scope {
    ($scope:ident, $kind:ident) => {
        impl<'env, E: Send + 'static> $scope<'env, E> {
            const fn new(nursery: Nursery<E, InTask>) -> Self {
                Self {
                    nursery,
                    env: PhantomData,
                }
            }

            const fn with(&self, nursery: Nursery<E, InTask>) -> Self {
                Self::new(nursery)
            }

            fn door(&self) -> Door<'env, $kind, Arc<Room>> {
                // SAFETY: as in `near_door`.
                unsafe { Door::new(Arc::clone(self.nursery.place().room())) }
            }

            fn near_door(&self) -> Door<'env, $kind, &Room> {
                // SAFETY: handles are made by `open_scope<'env, K>` alone, whose future has the same lifetime, invariantly
                // (`ScopeFuture`), as has the handle: what lives for it outlives the future. The kind is that of the future's
                // crowd, for each opener names the same one as the handle that it makes.
                unsafe { Door::new(self.nursery.place().room()) }
            }
        }

        impl<E> Clone for $scope<'_, E> {
            fn clone(&self) -> Self {
                Self {
                    nursery: self.nursery.clone(),
                    env: PhantomData,
                }
            }
        }

        impl<E> fmt::Debug for $scope<'_, E> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($scope))
                    .field(&self.nursery)
                    .finish()
            }
        }
    };
}

scope!(Scope, Movable);
scope!(LocalScope, Staying);
