//! Awaits that drive what stands around them.

use core::future::{Future, IntoFuture};
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

/// What moves on while somebody waits for something else.
pub trait Progress {
    /// Polls what is in progress; the task is about to go elsewhere.
    fn progress(&mut self, cx: &mut Context<'_>);
    /// The task has come back.
    fn resume(&mut self);
}

/// There is no loop around this one.
#[derive(Debug)]
pub struct NoParent;

impl Progress for NoParent {
    fn progress(&mut self, _: &mut Context<'_>) {}
    fn resume(&mut self) {}
}

impl<P: Progress + ?Sized> Progress for &mut P {
    fn progress(&mut self, cx: &mut Context<'_>) {
        (**self).progress(cx);
    }

    fn resume(&mut self) {
        (**self).resume();
    }
}

/// An await that drives.
pub trait Drive: Sized {
    /// Waits for this future; while it is pending, `driver` moves on.
    fn __drive<P: Progress>(self, driver: &mut P) -> Driven<'_, Self::IntoFuture, P>
    where
        Self: IntoFuture,
    {
        Driven::new(self.into_future(), driver)
    }
}

impl<F> Drive for F {}

pin_project! {
    /// The future of [`Drive::__drive`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Driven<'a, F, P> {
        #[pin]
        future: F,
        driver: &'a mut P,
    }
}

impl<'a, F, P> Driven<'a, F, P> {
    pub(super) fn new(future: F, driver: &'a mut P) -> Self {
        Self { future, driver }
    }
}

impl<F: Future, P: Progress> Future for Driven<'_, F, P> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.future.poll(cx);
        match polled {
            Poll::Pending => this.driver.progress(cx),
            Poll::Ready(_) => this.driver.resume(),
        }
        polled
    }
}
