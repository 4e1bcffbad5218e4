//! A child that borrows from a blocked thread, lent to a runtime.
//!
//! A runtime takes tasks that live for ever. What it gets here is a [`Guest`]: a task that holds a counted pointer to the child,
//! with the child's lifetime forgotten. The child itself lies behind a lock that its [`Loans`] can reach as well, so that it can
//! be ended from the blocked thread, whatever the runtime does with the guest: keeps it, drops it late, or leaks it.
//!
//! # Invariants
//!
//! 1. While a future that borrows is anywhere in a loan, the loan is listed in its [`Loans`].
//! 2. Loans that have been called in ([`Loans::call_in`]) are empty, and stay so; no new one is made.
//! 3. A future is moved out of its loan only if it was never polled; otherwise it is dropped in place.

use std::future::Future;
use std::marker::PhantomData;
use std::mem::transmute;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use slab::Slab;

use super::Invariant;
use crate::nursery::{Place, Task, Why};
use crate::sync::{Mutex, lock};
use crate::{Refused, Runtime};

/// All that is lent out by one call; closed once it is `None`.
pub(super) struct Loans(Mutex<Option<Slab<Arc<dyn Borrower>>>>);

/// A child, seen by the runtime and by the thread that it borrows from.
trait Borrower: Send + Sync {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()>;
    /// Drops the future, unless it is gone. Waits for a poll that is going on.
    fn end(&self);
}

struct Loan<T>(Mutex<Stage<T>>);

struct Stage<T> {
    future: Option<T>,
    polled: bool,
}

impl<T: Future<Output = ()>> Loan<T> {
    fn new(future: T) -> Self {
        Self(Mutex::new(Stage {
            future: Some(future),
            polled: false,
        }))
    }

    /// The future, if it is still what it was (invariant 3).
    fn take_back(&self) -> Option<T> {
        let mut stage = lock(&self.0);
        if stage.polled {
            return None;
        }
        stage.future.take()
    }
}

impl<T: Future<Output = ()> + Send> Borrower for Loan<T> {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut stage = lock(&self.0);
        stage.polled = true;
        let Some(future) = &mut stage.future else {
            return Poll::Ready(());
        };
        // SAFETY: a loan lies in an `Arc` and never moves. Its future is moved out by `take_back` alone, which does not touch one
        // that was polled; assigning `None` drops it in place.
        let polled = unsafe { Pin::new_unchecked(future) }.poll(cx);
        if polled.is_ready() {
            stage.future = None;
        }
        polled
    }

    fn end(&self) {
        lock(&self.0).future = None;
    }
}

impl Loans {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Some(Slab::new())))
    }

    /// Lists a loan, unless they have been called in.
    fn list(&self, loan: Arc<dyn Borrower>) -> Option<usize> {
        lock(&self.0).as_mut().map(|loans| loans.insert(loan))
    }

    fn strike(&self, key: usize) {
        let struck = lock(&self.0)
            .as_mut()
            .and_then(|loans| loans.try_remove(key));
        drop(struck);
    }

    /// Ends every child that is left, and makes no more loans.
    ///
    /// When the nursery has returned, those that are left have finished, and wait for their runtime to say so. Others there are
    /// only if whoever drove the nursery has let it down, by a panic of its own.
    pub(super) fn call_in(&self) {
        let loans = lock(&self.0).take();
        // Outside of the lock, for destructors of children do what they like.
        for (_, loan) in loans.into_iter().flatten() {
            loan.end();
        }
    }
}

/// What the runtime polls: never panics, for the child does not.
struct Guest {
    loan: Arc<dyn Borrower>,
    loans: Arc<Loans>,
    key: usize,
}

impl Future for Guest {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.loan.poll(cx)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.loan.end();
        self.loans.strike(self.key);
    }
}

/// The runtime, open to children that live for `'env`.
#[derive(Clone)]
pub(super) struct Door<'env, R> {
    runtime: R,
    loans: Arc<Loans>,
    env: PhantomData<Invariant<'env>>,
}

impl<R> Door<'_, R> {
    /// # Safety
    ///
    /// `loans` is called in before `'env` ends, on every path.
    pub(super) unsafe fn new(runtime: R, loans: Arc<Loans>) -> Self {
        Self {
            runtime,
            loans,
            env: PhantomData,
        }
    }
}

impl<'env, R: Runtime, T: Task + Send + 'env> Place<T> for Door<'env, R> {
    const REFUSAL: Why = Why::Shutdown;

    fn put(&self, task: T) -> Result<(), Refused<T>> {
        let ours = Arc::new(Loan::new(task));
        let loan: Arc<dyn Borrower + 'env> = Arc::clone(&ours) as _;
        // SAFETY: the two types differ in a lifetime alone. Whoever has the pointer can do two things with it, save for counting:
        // `poll` and `end`. Both find the future, which is all that borrows, only until the loans are called in (invariants 1 and
        // 2), which comes before the end of `'env` (`Door::new`). What is left then is an empty loan: to drop it runs no
        // destructor of `T`.
        let loan = unsafe { transmute::<Arc<dyn Borrower + 'env>, Arc<dyn Borrower>>(loan) };
        let Some(key) = self.loans.list(Arc::clone(&loan)) else {
            return ours
                .take_back()
                .map_or(Ok(()), |task| Err(Refused::new(task)));
        };
        let guest = Guest {
            loan,
            loans: Arc::clone(&self.loans),
            key,
        };
        let Err(refused) = self.runtime.spawn(guest) else {
            return Ok(());
        };
        // It is ours that is taken back, and not what the runtime says is it. The guest has nothing to end then.
        let task = ours.take_back();
        drop(refused);
        task.map_or(Ok(()), |task| Err(Refused::new(task)))
    }
}

#[cfg(all(test, not(steadfast_loom)))]
mod tests {
    use std::future::ready;
    use std::sync::Arc;

    use super::{Guest, Loan, Loans};
    use crate::sync::lock;

    #[test]
    fn a_loan_that_is_over_is_listed_no_more() {
        let loans = Arc::new(Loans::new());
        for _ in 0..100 {
            let loan = Arc::new(Loan::new(ready(())));
            let key = loans.list(loan.clone()).expect("they are open");
            drop(Guest {
                loan,
                loans: loans.clone(),
                key,
            });
        }
        assert_eq!(lock(&loans.0).as_ref().map(slab::Slab::len), Some(0));
    }
}
