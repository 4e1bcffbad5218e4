//! The bracket: a value, a body that uses it, and a clean-up that has run when the call returns.

use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::queue::{Item, hand_over};
use crate::sync::{Mutex, lock};
use crate::unwind::{self, Payload};
use crate::{AsyncDrop, Origin, Report, TaskLocals, report};

/// Lends `resource` to `body`, and cleans it up in place before the call returns.
///
/// The clean-up runs whether the body returns a value, returns early with `?`, gives way to a request, or panics. It is
/// shielded and has a budget, like every clean-up. `body` gets a [`Lease`], by which it uses the resource as its own; the
/// usual call is `closing(db, async |db| ..).await`.
///
/// # Panics
///
/// If the body panics, the clean-up runs first and the panic goes on; if the call is dropped meanwhile, the panic is
/// [reported](crate::Report::Unreturned). A clean-up that panics is a failure of the nursery, or a report where there is none.
///
/// # Cancel safety
///
/// If the future is dropped before it is ready, the clean-up goes on the queue of the task that drops it.
#[track_caller]
pub fn closing<R, F, Fut>(resource: R, body: F) -> impl Future<Output = Fut::Output>
where
    R: AsyncDrop + Send + 'static,
    F: FnOnce(Lease<R>) -> Fut,
    Fut: Future,
{
    let birthplace = Location::caller();
    let orphaned = |value, birthplace| hand_over(item(value, birthplace), None);
    Bracket::new(resource, body, birthplace, orphaned, |item| {
        hand_over(item, None)
    })
}

/// [`closing`] for a resource that borrows, such as a transaction of a connection that the caller owns.
///
/// # Cancel safety
///
/// A clean-up that borrows can run only here. If the future is dropped before it is ready, the resource is dropped
/// synchronously, and a [`Report`](crate::Report)(crate::Report) says so. Where that matters, put a
/// [shield](crate::FutureExt::shielded) around it.
#[track_caller]
pub fn closing_borrowed<'r, R, F, Fut>(resource: R, body: F) -> impl Future<Output = Fut::Output>
where
    R: AsyncDrop + Send + 'r,
    F: FnOnce(Lease<R>) -> Fut,
    Fut: Future,
{
    let birthplace = Location::caller();
    // Dropping an unfinished clean-up reports it.
    let orphaned = |value, birthplace| drop(item(value, birthplace));
    Bracket::<'r, R, F, Fut>::new(resource, body, birthplace, orphaned, drop)
}

type Birthplace = &'static Location<'static>;

/// The clean-up of `value`, which sees what is bound here.
fn item<'r, R: AsyncDrop + Send + 'r>(value: R, birthplace: Birthplace) -> Item<'r> {
    Item::new(value, birthplace, TaskLocals::current())
}

/// Reports a panic of the body that cannot go on from the call.
fn tell(payload: Payload, birthplace: Birthplace, why: &str) {
    let what = format!("panicked, {why}: {}", unwind::message(&*payload));
    unwind::forget_payload(payload);
    report::send(&Report::Unreturned {
        child: Origin::at(birthplace),
        what,
    });
}

/// Where a lent resource comes back.
enum Slot<R> {
    Lent,
    Back(R),
    /// The bracket waits no longer.
    Abandoned,
}

impl<R> Slot<R> {
    /// The resource, if it is back. If not, it need not come.
    fn abandon(slot: &Mutex<Self>) -> Option<R> {
        match std::mem::replace(&mut *lock(slot), Self::Abandoned) {
            Self::Back(value) => Some(value),
            Self::Lent | Self::Abandoned => None,
        }
    }
}

/// A resource on loan: owned in every way but that its clean-up is somebody else's duty.
///
/// When it is dropped, the resource goes back to the [`closing`] that lent it. A lease that outlives that call cleans up
/// like an [`AsyncDropGuard`](crate::AsyncDropGuard).
pub struct Lease<R: AsyncDrop + Send> {
    value: Option<R>,
    slot: Arc<Mutex<Slot<R>>>,
    birthplace: Birthplace,
    orphaned: fn(R, Birthplace),
}

impl<R: AsyncDrop + Send> Drop for Lease<R> {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else {
            return;
        };
        let mut slot = lock(&self.slot);
        if matches!(*slot, Slot::Abandoned) {
            drop(slot);
            (self.orphaned)(value, self.birthplace);
        } else {
            *slot = Slot::Back(value);
        }
    }
}

impl<R: AsyncDrop + Send> Deref for Lease<R> {
    type Target = R;

    fn deref(&self) -> &R {
        self.value.as_ref().expect("a live lease owns its value")
    }
}

impl<R: AsyncDrop + Send> DerefMut for Lease<R> {
    fn deref_mut(&mut self) -> &mut R {
        self.value.as_mut().expect("a live lease owns its value")
    }
}

impl<R: AsyncDrop + Send + fmt::Debug> fmt::Debug for Lease<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&self.value).finish()
    }
}

pin_project! {
    struct Bracket<'r, R, F, Fut>
    where
        R: AsyncDrop,
        R: Send,
        R: 'r,
        Fut: Future,
    {
        start: Option<(Lease<R>, F)>,
        #[pin]
        body: Option<Fut>,
        slot: Option<Arc<Mutex<Slot<R>>>>,
        end: Option<Result<Fut::Output, Payload>>,
        item: Option<Item<'r>>,
        birthplace: Birthplace,
        rescue: fn(Item<'r>),
    }

    impl<'r, R, F, Fut> PinnedDrop for Bracket<'r, R, F, Fut>
    where
        R: AsyncDrop,
        R: Send,
        R: 'r,
        Fut: Future,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // A destructor that panics must not keep the resource from its clean-up.
            let dropped = unwind::catch(|| {
                drop(this.start.take());
                this.body.set(None);
            });
            let value = this.slot.take().and_then(|slot| Slot::abandon(&slot));
            let unbegun = value.map(|value| item(value, this.birthplace));
            if let Some(item) = this.item.take().or(unbegun) {
                (this.rescue)(item);
            }
            if let Some(Err(payload)) = this.end.take() {
                tell(payload, this.birthplace, "and the call was dropped before it could pass that on");
            }
            match dropped {
                Err(payload) if std::thread::panicking() => {
                    tell(payload, this.birthplace, "in a destructor, while another panic unwound");
                }
                Err(payload) => resume_unwind(payload),
                Ok(()) => {}
            }
        }
    }
}

impl<'r, R, F, Fut> Bracket<'r, R, F, Fut>
where
    R: AsyncDrop + Send + 'r,
    F: FnOnce(Lease<R>) -> Fut,
    Fut: Future,
{
    fn new(
        resource: R,
        body: F,
        birthplace: Birthplace,
        orphaned: fn(R, Birthplace),
        rescue: fn(Item<'r>),
    ) -> Self {
        let slot = Arc::new(Mutex::new(Slot::Lent));
        let lease = Lease {
            value: Some(resource),
            slot: Arc::clone(&slot),
            birthplace,
            orphaned,
        };
        Self {
            start: Some((lease, body)),
            body: None,
            slot: Some(slot),
            end: None,
            item: None,
            birthplace,
            rescue,
        }
    }
}

impl<'r, R, F, Fut> Future for Bracket<'r, R, F, Fut>
where
    R: AsyncDrop + Send + 'r,
    F: FnOnce(Lease<R>) -> Fut,
    Fut: Future,
{
    type Output = Fut::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some((lease, body)) = this.start.take() {
            match unwind::catch(|| body(lease)) {
                Ok(body) => this.body.set(Some(body)),
                Err(payload) => *this.end = Some(Err(payload)),
            }
        }
        if let Some(body) = this.body.as_mut().as_pin_mut() {
            match unwind::catch(|| body.poll(cx)) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(value)) => *this.end = Some(Ok(value)),
                Err(payload) => *this.end = Some(Err(payload)),
            }
            if let Err(payload) = unwind::catch(|| this.body.set(None)) {
                match this.end {
                    // The first panic goes on.
                    Some(Err(_)) => tell(
                        payload,
                        this.birthplace,
                        "in a destructor, after a first panic",
                    ),
                    _ => *this.end = Some(Err(payload)),
                }
            }
        }
        if let Some(slot) = this.slot.take() {
            *this.item = Slot::abandon(&slot).map(|value| item(value, this.birthplace));
        }
        if let Some(item) = this.item.as_mut() {
            match item.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(mishap)) => mishap.tell(),
            }
            *this.item = None;
        }
        match this.end.take() {
            Some(Ok(value)) => Poll::Ready(value),
            Some(Err(payload)) => resume_unwind(payload),
            None => panic!("`closing` was polled after it had returned"),
        }
    }
}
