//! All of several, or an error.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Call, End, FirstPanic, Flatten};

pin_project! {
    /// A future of a join, and the ones after it.
    pub struct TryJoinArm<F, T, R> {
        #[pin]
        future: Option<F>,
        value: Option<T>,
        #[pin]
        rest: R,
    }
}

impl<T, E, F: Future<Output = Result<T, E>>, R> TryJoinArm<F, T, R> {
    /// `future` before `rest`.
    pub fn new(future: F, rest: R) -> Self {
        Self {
            future: Some(future),
            value: None,
            rest,
        }
    }
}

/// A list of futures with the same error.
#[allow(private_interfaces)]
pub trait TryJoinArms<E> {
    /// Their values, nested.
    type Values;
    /// Polls those that have not finished: `true` when none is left.
    #[doc(hidden)]
    fn poll_all(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        error: &mut Option<E>,
        panic: &mut FirstPanic,
    ) -> bool;
    /// The values, if there are all.
    fn values(self: Pin<&mut Self>) -> Option<Self::Values>;
}

#[allow(private_interfaces)]
impl<E> TryJoinArms<E> for End {
    type Values = ();

    fn poll_all(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut Option<E>,
        _: &mut FirstPanic,
    ) -> bool {
        true
    }

    fn values(self: Pin<&mut Self>) -> Option<()> {
        Some(())
    }
}

#[allow(private_interfaces)]
impl<T, E, F: Future<Output = Result<T, E>>, R: TryJoinArms<E>> TryJoinArms<E>
    for TryJoinArm<F, T, R>
{
    type Values = (T, R::Values);

    fn poll_all(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        error: &mut Option<E>,
        panic: &mut FirstPanic,
    ) -> bool {
        let mut this = self.project();
        if let Some(future) = this.future.as_mut().as_pin_mut() {
            let polled = panic.catch(|| future.poll(cx));
            if !matches!(polled, Some(Poll::Pending)) {
                panic.catch(|| this.future.set(None));
            }
            match polled {
                Some(Poll::Ready(Ok(value))) => *this.value = Some(value),
                // After a panic an error says only that its future gave way.
                Some(Poll::Ready(Err(first))) if error.is_none() && !panic.happened() => {
                    *error = Some(first);
                }
                _ => {}
            }
        }
        let finished = this.future.as_mut().as_pin_mut().is_none();
        this.rest.poll_all(cx, error, panic) && finished
    }

    fn values(self: Pin<&mut Self>) -> Option<Self::Values> {
        let this = self.project();
        this.value.take().zip(this.rest.values())
    }
}

/// What `try_join!` expands to.
#[cfg(feature = "std")]
#[track_caller]
pub fn try_join<E, A: TryJoinArms<E, Values: Flatten>>(
    arms: A,
) -> impl Future<Output = Result<<A::Values as Flatten>::Flat, E>> {
    let scope = crate::CancelScope::new().name("try_join");
    let handle = scope.handle();
    scope.run(Drain {
        arms,
        error: None,
        panic: FirstPanic::among(Call::here()),
        on_failure: Some(move || {
            handle.cancel("another future of `try_join!` failed");
        }),
    })
}

/// What `try_join!` expands to.
#[cfg(not(feature = "std"))]
#[track_caller]
pub fn try_join<E, A: TryJoinArms<E, Values: Flatten>>(
    arms: A,
) -> impl Future<Output = Result<<A::Values as Flatten>::Flat, E>> {
    Drain {
        arms,
        error: None,
        panic: FirstPanic::among(Call::here()),
        on_failure: Some(|| ()),
    }
}

pin_project! {
    /// Polls all to their end; calls `on_failure` once, when the first has failed.
    struct Drain<A, E, C> {
        #[pin]
        arms: A,
        error: Option<E>,
        panic: FirstPanic,
        on_failure: Option<C>,
    }
}

impl<E, A: TryJoinArms<E, Values: Flatten>, C: FnOnce()> Future for Drain<A, E, C> {
    type Output = Result<<A::Values as Flatten>::Flat, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let finished = this.arms.as_mut().poll_all(cx, this.error, this.panic);
        if !finished {
            if this.error.is_some() || this.panic.happened() {
                if let Some(call) = this.on_failure.take() {
                    // Those that were polled before the failure see the request by a wake.
                    call();
                }
            }
            return Poll::Pending;
        }
        this.panic.resume_over(this.error);
        if let Some(error) = this.error.take() {
            return Poll::Ready(Err(error));
        }
        match this.arms.values() {
            Some(values) => Poll::Ready(Ok(values.flatten())),
            None => panic!("`try_join!` was polled again after it had returned"),
        }
    }
}

impl<F, T, R> fmt::Debug for TryJoinArm<F, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryJoinArm").finish_non_exhaustive()
    }
}
