//! The handles of nurseries and scopes, whatever their types.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use steadfast_core::{Child, ChildError, Never, Nursery, Runtime, Scope, StartError};

use crate::book::{Book, Broken};
use crate::plan::Way;

/// What a child is.
pub(crate) type Work = Pin<Box<dyn Future<Output = Result<(), Broken>> + Send>>;

/// What the spawner of a child waits for.
pub(crate) type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) trait Handle: Send + Sync {
    fn spawn(&self, way: Way, id: usize, work: Work, book: &Arc<Book>) -> Wait;
    /// Spawns if it is open.
    fn spawn_late(&self, until_asked: bool, id: usize, work: Work);
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>);
    fn ask(&self);
}

fn nothing() -> Wait {
    Box::pin(ready(()))
}

/// Waits for the end of a child, if it is awaited.
fn end<T: Settle>(child: Child<T>, awaited: bool, book: &Arc<Book>) -> Wait {
    if !awaited {
        return nothing();
    }
    let book = Arc::clone(book);
    Box::pin(async move {
        match child.await {
            Ok(value) => value.settle(&book),
            Err(error) => settle_error(error, &book),
        }
    })
}

fn settle_error(error: ChildError, book: &Book) {
    if error.is_refused() || error.is_lost() {
        book.complain(format!("{error}"));
    }
    if let Some(payload) = error.into_panic() {
        book.catch(&*payload);
    }
}

/// What a handle gives.
trait Settle: Send + 'static {
    fn settle(self, book: &Book);
}

impl Settle for () {
    fn settle(self, _: &Book) {}
}

impl Settle for Result<(), Broken> {
    fn settle(self, book: &Book) {
        if let Err(error) = self {
            book.take(&error);
        }
    }
}

/// In a nursery that has no errors, a child has none.
async fn quiet(work: Work) {
    _ = work.await;
}

async fn loud(work: Work) -> Result<(), Broken> {
    work.await
}

macro_rules! handle {
    ([$($generics:tt)*] $handle:ty, $as_child:ident, $start:expr, $blocking:expr) => {
        impl<$($generics)*> Handle for $handle {
            fn spawn(&self, way: Way, id: usize, work: Work, book: &Arc<Book>) -> Wait {
                let (n, work) = (self.named(id.to_string()), $as_child(work));
                match way {
                    Way::Plain => drop(n.spawn(work)),
                    Way::UntilAsked => drop(n.spawn_until_cancelled(work)),
                    Way::Background => drop(n.spawn_background(work)),
                    Way::Handle { awaited } => return end(n.spawn_with_handle(work), awaited, book),
                    Way::Supervised { awaited } => return end(n.spawn_supervised(work), awaited, book),
                    Way::WhenFree => {
                        return Box::pin(async move { drop(n.spawn_when_free(work).await) });
                    }
                    Way::Start => return $start(n, work, Arc::clone(book)),
                }
                nothing()
            }

            fn spawn_late(&self, until_asked: bool, id: usize, work: Work) {
                let (n, work) = (self.named(id.to_string()), $as_child(work));
                if until_asked {
                    drop(n.spawn_until_cancelled(work).into_refused());
                } else {
                    drop(n.spawn(work).into_refused());
                }
            }

            fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
                $blocking(self, work);
            }

            fn ask(&self) {
                self.cancel("a step asks");
            }
        }
    };
}

/// Starts a child that reports at its first poll.
fn start<E, R, F>(n: Nursery<E, R>, work: F, book: Arc<Book>) -> Wait
where
    E: Send + 'static + Settles,
    R: Runtime,
    F: Future + Send + 'static,
    F::Output: steadfast_core::ChildOutput<E>,
{
    Box::pin(async move {
        let started = n.start(|ready| async move {
            steadfast_core::yield_now().await;
            ready.report(());
            work.await
        });
        match started.await {
            Err(StartError::Failed(error)) => error.settles(&book),
            Err(StartError::Lost) => book.complain("the runtime lost a child".to_owned()),
            _ => {}
        }
    })
}

trait Settles {
    fn settles(&self, book: &Book);
}

impl Settles for Never {
    fn settles(&self, _: &Book) {
        match *self {}
    }
}

impl Settles for Broken {
    fn settles(&self, book: &Book) {
        book.take(self);
    }
}

handle!([R: Runtime] Nursery<Never, R>, quiet, start, |n: &Self, work: Box<dyn FnOnce() + Send>| drop(n.spawn_blocking(work)));
handle!([R: Runtime] Nursery<Broken, R>, loud, start, |n: &Self, work: Box<dyn FnOnce() + Send>| {
    drop(n.spawn_blocking(move || {
        work();
        Ok(())
    }));
});
handle!([] Scope<'static, Never>, quiet, plainly_quiet, |_: &Self, work: Box<dyn FnOnce() + Send>| work());
handle!([] Scope<'static, Broken>, loud, plainly_loud, |_: &Self, work: Box<dyn FnOnce() + Send>| work());

/// A scope has no handshake.
fn plainly_quiet(
    s: Scope<'static>,
    work: impl Future<Output = ()> + Send + 'static,
    _: Arc<Book>,
) -> Wait {
    drop(s.spawn(work));
    nothing()
}

fn plainly_loud(
    s: Scope<'static, Broken>,
    work: impl Future<Output = Result<(), Broken>> + Send + 'static,
    _: Arc<Book>,
) -> Wait {
    drop(s.spawn(work));
    nothing()
}
