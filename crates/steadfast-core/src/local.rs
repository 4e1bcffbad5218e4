//! Task-locals: values that the code of a task finds without being handed them, and that its children inherit.
//!
//! A task has a list of bindings, innermost first. The list is shared and never changed: to bind is to put one in front, for the
//! time of one future. A child takes the list of its spawner at the spawn, a clean-up that of the place where its guard was
//! made; both cost a reference count, and nothing where nothing is bound.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::context;
use crate::tree::{Kind, Owned, Seed, next_id};

/// A value that the code of a task finds without being handed it.
///
/// It is bound for one future, by [`scope`](Self::scope), and is seen by all code that runs in that future, and by the
/// **children** that are spawned there: a child sees what its spawner saw at the spawn, whichever nursery it is spawned into,
/// for as long as it runs. Nothing that a child binds is seen by anybody but itself and its own children. Clean-ups see what was
/// bound where their guard was made. Values are shared, not copied.
///
/// Requests and deadlines do not come this way: they are the nursery's.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::TaskLocal;
///
/// static TENANT: TaskLocal<String> = TaskLocal::new();
///
/// let greeting = TENANT.scope("acme".to_owned(), async {
///     TENANT.with(|tenant| format!("hello, {}", tenant.map_or("nobody", |name| name)))
/// });
/// assert_eq!(greeting.await, "hello, acme");
/// assert_eq!(TENANT.get(), None);
/// # }).expect("it does not wait");
/// ```
pub struct TaskLocal<T> {
    /// Who this one is; 0 until somebody asks. Std's own atomic, because a static is made at compile time.
    id: AtomicU64,
    value: PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> TaskLocal<T> {
    /// One that is bound nowhere. Keep it in a `static`.
    #[expect(
        clippy::new_without_default,
        reason = "it is the initial value of a static, where traits are of no use"
    )]
    pub const fn new() -> Self {
        Self {
            id: AtomicU64::new(0),
            value: PhantomData,
        }
    }

    /// Binds `value` for `future`, from its first poll until it is dropped. What was bound before is back after each poll, also
    /// after one that panics.
    ///
    /// # Cancel safety
    ///
    /// As `future`.
    #[track_caller]
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> WithLocals<F> {
        let binding = (self.id(), Box::new(value) as Box<dyn Any + Send + Sync>);
        WithLocals::new(Wanted::Binding(binding), future)
    }

    /// Calls `look` with the value that is bound here, if one is.
    pub fn with<R>(&'static self, look: impl FnOnce(Option<&T>) -> R) -> R {
        let locals = TaskLocals::current();
        look(
            locals
                .find(self.id())
                .and_then(|value| value.downcast_ref()),
        )
    }

    /// The value that is bound here, if one is.
    pub fn get(&'static self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }

    fn id(&self) -> u64 {
        // The number alone travels: no order is needed. Whoever loses the race takes the winner's.
        match self.id.load(Ordering::Relaxed) {
            0 => {
                let fresh = next_id();
                let set = self
                    .id
                    .compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed);
                set.map_or_else(|winner| winner, |_| fresh)
            }
            known => known,
        }
    }
}

impl<T> fmt::Debug for TaskLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocal").finish_non_exhaustive()
    }
}

/// All that is bound at one place, to be given to a future that would not inherit it.
///
/// Cheap to clone.
#[derive(Clone, Default)]
pub struct TaskLocals(Option<Arc<Binding>>);

struct Binding {
    id: u64,
    value: Box<dyn Any + Send + Sync>,
    outer: TaskLocals,
}

impl TaskLocals {
    /// What is bound here. Nothing outside of steadfast tasks, save inside a [`TaskLocal::scope`].
    pub fn current() -> Self {
        context::with(|context| context.map(|context| context.own.locals.clone()))
            .unwrap_or_default()
    }

    /// Runs `future` with these bindings, and no others.
    ///
    /// # Cancel safety
    ///
    /// As `future`.
    #[track_caller]
    pub fn scope<F: Future>(self, future: F) -> WithLocals<F> {
        WithLocals::new(Wanted::All(self), future)
    }

    /// Whether nothing is bound, so that there is nothing to drop.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn find(&self, id: u64) -> Option<&(dyn Any + Send + Sync)> {
        let mut next = self.0.as_deref();
        while let Some(binding) = next {
            if binding.id == id {
                return Some(&*binding.value);
            }
            next = binding.outer.0.as_deref();
        }
        None
    }

    /// Binds one more, inside these.
    fn with_binding(self, (id, value): New) -> Self {
        Self(Some(Arc::new(Binding {
            id,
            value,
            outer: self,
        })))
    }
}

impl fmt::Debug for TaskLocals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocals").finish_non_exhaustive()
    }
}

impl Drop for Binding {
    fn drop(&mut self) {
        // A long list is taken apart link by link.
        let mut next = self.outer.0.take();
        while let Some(mut binding) = next.and_then(Arc::into_inner) {
            next = binding.outer.0.take();
        }
    }
}

/// A binding to be.
type New = (u64, Box<dyn Any + Send + Sync>);

enum Wanted {
    /// This one besides what is bound at the first poll.
    Binding(New),
    All(TaskLocals),
    Known(TaskLocals),
}

pin_project! {
    /// The future of [`TaskLocal::scope`] and [`TaskLocals::scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct WithLocals<F> {
        #[pin]
        inner: Option<F>,
        locals: Locals,
    }

    impl<F> PinnedDrop for WithLocals<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                this.locals.inside(|| this.inner.set(None));
            }
        }
    }
}

impl<F> WithLocals<F> {
    #[track_caller]
    fn new(wanted: Wanted, inner: F) -> Self {
        Self {
            inner: Some(inner),
            locals: Locals {
                wanted,
                outside: None,
                location: Location::caller(),
            },
        }
    }
}

impl<F: Future> Future for WithLocals<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else {
            panic!("a future with task-locals was polled after it had returned; await it once");
        };
        let polled = this.locals.inside(|| inner.poll(cx));
        if polled.is_ready() {
            this.locals.inside(|| this.inner.set(None));
        }
        polled
    }
}

impl<F: crate::CancelSafe> crate::CancelSafe for WithLocals<F> {}

impl<F> fmt::Debug for WithLocals<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithLocals").finish_non_exhaustive()
    }
}

/// The bindings of a future, and what it takes to install them.
struct Locals {
    wanted: Wanted,
    /// Stands for the task outside of all steadfast tasks.
    outside: Option<Owned>,
    location: &'static Location<'static>,
}

impl Locals {
    fn inside<T>(&mut self, run: impl FnOnce() -> T) -> T {
        if context::with(|context| context.is_some()) {
            let _bound = bind(self.known());
            return run();
        }
        let location = self.location;
        let outside = self.outside.take();
        let node = outside.unwrap_or_else(|| Owned::new(Seed::new(Kind::Scope, location)));
        let value = context::enter(&node, || {
            let _bound = bind(self.known());
            run()
        });
        self.outside = Some(node);
        value
    }

    fn known(&mut self) -> TaskLocals {
        let wanted = std::mem::replace(&mut self.wanted, Wanted::Known(TaskLocals::default()));
        let known = match wanted {
            Wanted::Binding(new) => TaskLocals::current().with_binding(new),
            Wanted::All(locals) | Wanted::Known(locals) => locals,
        };
        self.wanted = Wanted::Known(known.clone());
        known
    }
}

/// Makes `locals` those of the current task until the guard goes.
pub(crate) fn bind(locals: TaskLocals) -> Bound {
    Bound {
        before: swap(locals),
    }
}

pub(crate) struct Bound {
    before: TaskLocals,
}

impl Drop for Bound {
    fn drop(&mut self) {
        // Bound to a name, so that values are dropped when the context is in its place again.
        let after = swap(std::mem::take(&mut self.before));
        drop(after);
    }
}

/// The bindings before. Outside of a task nothing is bound, and nothing can be.
fn swap(locals: TaskLocals) -> TaskLocals {
    context::with(|context| match context {
        Some(context) => std::mem::replace(&mut context.own.locals, locals),
        None => locals,
    })
}
