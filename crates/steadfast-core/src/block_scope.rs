//! The blocking scope: children run in parallel on a runtime, and borrow from a thread that is blocked meanwhile.
//!
//! A scope's future can be forgotten, so that its children must live in it ([`crate::scope`]). A function that is being called
//! cannot: it returns or unwinds, and does neither before it has looked after what it lent. That is why this form is for
//! synchronous code alone, and why its children may run elsewhere.
//!
//! The nursery in it is one like any other ([`crate::nursery`]), driven by the [`Entry`] of the runtime on the calling thread.
//! [`loan`] is the unsafe noun: it lends children to the runtime, and calls them in.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{Location, resume_unwind};
use std::sync::Arc;

use crate::nursery::{
    Never, Nursery, NurseryError, NurseryFuture, Plain, Policy, Try, handle_methods, spawn_methods,
};
use crate::{Builder, Entry, Runtime, Source, context, unwind};

mod loan;

use self::loan::{Door, Loans};

/// A handle to an open blocking scope: spawns children into it, asks it to end, looks at it.
///
/// Cheap to clone, usable from the body and from children. `'env` is how long the children may borrow: longer than the call
/// lasts. `E` is the error that children may end with; in a plain scope there is none. `R` is the runtime that they run on.
///
/// A child costs one allocation beside the runtime's own, and a lock that nobody else holds at each poll.
///
/// There is no `spawn_blocking`. It would be sound, for the call waits until nobody borrows. But blocking work that has begun cannot be
/// taken back, as a future can at its next suspension: a panic, or a shutdown of the runtime, would have to wait for as long as the
/// work pleases. [`std::thread::scope`] does that under a name that says so, around the call or in its body; work that owns its
/// data is [`Nursery::spawn_blocking`]'s.
pub struct BlockScope<'env, E, R> {
    nursery: Nursery<E, R>,
    loans: Arc<Loans>,
    env: PhantomData<Invariant<'env>>,
}

/// Neither grows nor shrinks.
type Invariant<'env> = fn(&'env ()) -> &'env ();

impl<S: Source> Builder<S> {
    /// Opens a blocking scope, runs `body` in it on this thread, and returns the body's value when everybody has finished.
    ///
    /// From synchronous code only. The children run as tasks of the builder's runtime, in parallel, and they may borrow from the
    /// caller: this thread is blocked until they are gone, by `entry`, which enters that runtime. So a runtime of one thread does
    /// its work on this one.
    ///
    /// Otherwise as [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// [`RefusedScope`], with `body` in it, where to block would keep the runtime from going on: inside a task, on a thread that
    /// polls tasks, inside a `block_on`. Nothing has run then.
    ///
    /// # Panics
    ///
    /// Once everybody has finished, with the first panic of the body or a child. And if there is no runtime; the text names the
    /// fix.
    #[track_caller]
    pub fn block_scope<'env, N, F, Fut>(
        self,
        entry: &N,
        body: F,
    ) -> Result<Fut::Output, RefusedScope<F>>
    where
        N: Entry,
        F: FnOnce(BlockScope<'env, Never, S::Runtime>) -> Fut,
        Fut: Future, // the body: `async |s| ..`, not `|s| ..`
    {
        self.open_block_scope::<Plain, _, _, _>(entry, body)
    }

    /// Opens a blocking scope, runs `body` in it on this thread, and returns the body's value if nobody has failed.
    ///
    /// To [`block_scope`](Self::block_scope) what [`try_run`](Self::try_run) is to [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// As [`block_scope`](Self::block_scope); and inside of that, [`NurseryError`], once everybody has finished.
    ///
    /// # Panics
    ///
    /// As [`block_scope`](Self::block_scope), unless [`collect_panics`](Self::collect_panics) is set.
    #[track_caller]
    pub fn try_block_scope<'env, N, F, Fut, T, E>(
        self,
        entry: &N,
        body: F,
    ) -> Result<Result<T, NurseryError<E>>, RefusedScope<F>>
    where
        N: Entry,
        F: FnOnce(BlockScope<'env, E, S::Runtime>) -> Fut,
        Fut: Future<Output = Result<T, E>>, // the body: `async |s| ..`, not `|s| ..`
        E: Send + 'static,
    {
        self.open_block_scope::<Try, _, _, _>(entry, body)
    }

    #[track_caller]
    fn open_block_scope<'env, P, N, F, Fut>(
        self,
        entry: &N,
        body: F,
    ) -> Result<P::Output, RefusedScope<F>>
    where
        P: Policy<Fut::Output>,
        N: Entry,
        F: FnOnce(BlockScope<'env, P::Error, S::Runtime>) -> Fut,
        Fut: Future,
    {
        if let Some(why) = obstacle(entry) {
            let why = why.to_owned();
            return Err(RefusedScope { body, why });
        }
        // Until the first poll takes it, it can be handed back.
        let mut body = Some(body);
        let driven = {
            let loans = CallsIn(Arc::new(Loans::new()));
            let open = |nursery| match body.take() {
                Some(body) => body(BlockScope::new(nursery, &loans)),
                None => unreachable!("a nursery opens once"),
            };
            let (source, opening) = self.into_parts();
            let location = Location::caller();
            let running = NurseryFuture::<S, _, Fut, P>::new(source, opening, open, location);
            unwind::catch(|| entry.block_on(running))
        };
        match (driven, body) {
            (Ok(output), _) => Ok(output),
            (Err(panic), None) => resume_unwind(panic),
            (Err(panic), Some(body)) => {
                let why = unwind::message(&*panic).to_owned();
                unwind::forget_payload(panic);
                Err(RefusedScope { body, why })
            }
        }
    }
}

/// Why this thread must not be blocked, if that is so.
fn obstacle(entry: &impl Entry) -> Option<&'static str> {
    match context::with(|context| context.map(|context| context.own.may_block)) {
        Some(true) => None,
        Some(false) => Some("this thread runs a task, which must not be blocked"),
        None => entry.obstacle(),
    }
}

/// Calls in what was lent when it goes, on every path.
struct CallsIn(Arc<Loans>);

impl Drop for CallsIn {
    fn drop(&mut self) {
        self.0.call_in();
    }
}

handle_methods!(['env, E: Send + 'static, R: Runtime] BlockScope<'env, E, R>);
spawn_methods!(
    ['env, E: Send + 'static, R: Runtime] BlockScope<'env, E, R>,
    [Send + 'env], // children run on other threads; in one thread, those that are not `Send`: `scope_local`
    use<'env, F, E, R>
);

impl<'env, E: Send + 'static, R: Runtime> BlockScope<'env, E, R> {
    /// The lifetime is that of the call whose loans these are (`open_block_scope`).
    fn new(nursery: Nursery<E, R>, loans: &CallsIn) -> Self {
        Self {
            nursery,
            loans: Arc::clone(&loans.0),
            env: PhantomData,
        }
    }

    fn with(&self, nursery: Nursery<E, R>) -> Self {
        Self {
            nursery,
            loans: Arc::clone(&self.loans),
            env: PhantomData,
        }
    }

    fn door(&self) -> Door<'env, R> {
        // SAFETY: handles are made in `open_block_scope<'env>` alone, with the loans of a guard that lives in a block of that
        // function, so that they are called in before the function returns or unwinds, whatever the entry does with the future
        // that it is given. `'env` is a parameter of the function, and outlives its call. It is invariant here, so that a handle
        // never gets another one.
        unsafe { Door::new(self.nursery.place().clone(), Arc::clone(&self.loans)) }
    }

    fn near_door(&self) -> Door<'env, R> {
        self.door()
    }
}

impl<E, R> Clone for BlockScope<'_, E, R> {
    fn clone(&self) -> Self {
        Self {
            nursery: self.nursery.clone(),
            loans: Arc::clone(&self.loans),
            env: PhantomData,
        }
    }
}

impl<E, R> fmt::Debug for BlockScope<'_, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockScope").field(&self.nursery).finish()
    }
}

/// A blocking scope was not opened, because to block this thread could have kept the runtime from going on.
pub struct RefusedScope<F> {
    body: F,
    why: String,
}

impl<F> RefusedScope<F> {
    /// The body, which has not run.
    pub fn into_inner(self) -> F {
        self.body
    }

    /// The error alone, which borrows nothing: for `?`.
    pub fn without_body(self) -> RefusedScope<()> {
        RefusedScope {
            body: (),
            why: self.why,
        }
    }
}

impl<F> fmt::Display for RefusedScope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the blocking scope was not opened: {}; call it from synchronous code: `main`, a thread of your own, or a \
             `spawn_blocking` child; in a task, borrow with `scope`, or lend with `nursery_with`",
            self.why
        )
    }
}

impl<F> fmt::Debug for RefusedScope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefusedScope({self})")
    }
}

impl<F> std::error::Error for RefusedScope<F> {}
