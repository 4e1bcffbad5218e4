//! Futures that consume a whole flow.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::Flow;
use super::arm::Arm;
use super::driver::Budget;

pin_project! {
    /// A flow and the future that handles its last item, which keeps the flow moving.
    struct Handling<F: Flow, Fut> {
        #[pin]
        arm: Arm<F, F::Item>,
        #[pin]
        future: Option<Fut>,
        budget: Budget,
    }
}

enum Step<T, O> {
    Item(T),
    Handled(O),
    End,
}

impl<F: Flow, Fut: Future> Handling<F, Fut> {
    fn new(flow: F) -> Self {
        Self {
            arm: Arm::new(flow),
            future: None,
            budget: Budget::default(),
        }
    }

    fn handle(self: Pin<&mut Self>, future: Fut) {
        self.project().future.set(Some(future));
    }

    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<F::Item, Fut::Output>> {
        let mut this = self.project();
        if let Some(future) = this.future.as_mut().as_pin_mut() {
            let Poll::Ready(output) = future.poll(cx) else {
                this.budget.refill();
                this.arm.progress(cx);
                return Poll::Pending;
            };
            this.future.set(None);
            return Poll::Ready(Step::Handled(output));
        }
        ready!(this.budget.poll_spend(cx));
        match this.arm.poll_take(cx) {
            Poll::Pending => {
                this.budget.refill();
                Poll::Pending
            }
            Poll::Ready(None) => Poll::Ready(Step::End),
            Poll::Ready(Some(item)) => Poll::Ready(Step::Item(item)),
        }
    }
}

/// A future over [`Handling`]: what it keeps, how an item becomes a future, what an output and the end mean.
macro_rules! consumer {
    (
        $(#[$doc:meta])*
        $name:ident<F, $($generic:ident),*>($($field:ident: $type:ty),*)
        where [$($extra:ident),*] $closure:ident: [$($bound:tt)*], $out:ty => $output:ty;
        $this:ident;
        item $item:ident => $start:expr;
        handled $handled:ident => $continue:expr;
        end => $end:expr
    ) => {
        pin_project! {
            $(#[$doc])*
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<F: Flow, $($generic),*> {
                #[pin]
                handling: Handling<F, Fut>,
                $($field: $type,)*
            }
        }

        impl<F: Flow, $closure: $($bound)*, Fut: Future<Output = $out>, $($extra),*> Future for $name<F, $($generic),*> {
            type Output = $output;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<$output> {
                let mut $this = self.project();
                loop {
                    match ready!($this.handling.as_mut().poll_step(cx)) {
                        Step::Item($item) => {
                            let future = $start;
                            $this.handling.as_mut().handle(future);
                        }
                        Step::Handled($handled) => $continue,
                        Step::End => return Poll::Ready($end),
                    }
                }
            }
        }

        impl<F: Flow, $($generic),*> fmt::Debug for $name<F, $($generic),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

consumer! {
    /// The future of [`Flow::for_each`].
    ForEach<F, H, Fut>(handle: H)
    where [] H: [FnMut(F::Item) -> Fut], () => ();
    this;
    item item => (this.handle)(item);
    handled output => output;
    end => ()
}
consumer! {
    /// The future of [`Flow::try_for_each`].
    TryForEach<F, H, Fut>(handle: H)
    where [E] H: [FnMut(F::Item) -> Fut], Result<(), E> => Result<(), E>;
    this;
    item item => (this.handle)(item);
    handled output => if let Err(error) = output {
        return Poll::Ready(Err(error));
    };
    end => Ok(())
}
consumer! {
    /// The future of [`Flow::fold`].
    Fold<F, A, S, Fut>(step: S, value: Option<A>)
    where [A] S: [FnMut(A, F::Item) -> Fut], A => A;
    this;
    item item => (this.step)(this.value.take().expect(NOT_TWICE), item);
    handled output => *this.value = Some(output);
    end => this.value.take().expect(NOT_TWICE)
}
consumer! {
    /// The future of [`Flow::try_fold`].
    TryFold<F, A, S, Fut>(step: S, value: Option<A>)
    where [A, E] S: [FnMut(A, F::Item) -> Fut], Result<A, E> => Result<A, E>;
    this;
    item item => (this.step)(this.value.take().expect(NOT_TWICE), item);
    handled output => match output {
        Ok(value) => *this.value = Some(value),
        Err(error) => return Poll::Ready(Err(error)),
    };
    end => Ok(this.value.take().expect(NOT_TWICE))
}

const NOT_TWICE: &str = "a future is not polled again after it has returned";

impl<F: Flow, H, Fut: Future> ForEach<F, H, Fut> {
    pub(super) fn new(flow: F, handle: H) -> Self {
        let handling = Handling::new(flow);
        Self { handling, handle }
    }
}

impl<F: Flow, H, Fut: Future> TryForEach<F, H, Fut> {
    pub(super) fn new(flow: F, handle: H) -> Self {
        let handling = Handling::new(flow);
        Self { handling, handle }
    }
}

impl<F: Flow, A, S, Fut: Future> Fold<F, A, S, Fut> {
    pub(super) fn new(flow: F, start: A, step: S) -> Self {
        Self {
            handling: Handling::new(flow),
            step,
            value: Some(start),
        }
    }
}

impl<F: Flow, A, S, Fut: Future> TryFold<F, A, S, Fut> {
    pub(super) fn new(flow: F, start: A, step: S) -> Self {
        Self {
            handling: Handling::new(flow),
            step,
            value: Some(start),
        }
    }
}

pin_project! {
    /// The future of [`Flow::collect`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Collect<F, C> {
        #[pin]
        flow: F,
        items: C,
        budget: Budget,
    }
}

impl<F: Flow, C: Default> Collect<F, C> {
    pub(super) fn new(flow: F) -> Self {
        Self {
            flow,
            items: C::default(),
            budget: Budget::default(),
        }
    }
}

impl<F: Flow, C: Default + Extend<F::Item>> Future for Collect<F, C> {
    type Output = C;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C> {
        let mut this = self.project();
        loop {
            ready!(this.budget.poll_spend(cx));
            match this.flow.as_mut().poll_next(cx) {
                Poll::Ready(Some(item)) => this.items.extend(Some(item)),
                Poll::Ready(None) => return Poll::Ready(core::mem::take(this.items)),
                Poll::Pending => {
                    this.budget.refill();
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<F: fmt::Debug, C> fmt::Debug for Collect<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collect")
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Flow::try_collect`].
    #[must_use = "futures do nothing unless polled"]
    pub struct TryCollect<F, C> {
        #[pin]
        flow: F,
        items: C,
        budget: Budget,
    }
}

impl<F, C: Default> TryCollect<F, C> {
    pub(super) fn new(flow: F) -> Self {
        Self {
            flow,
            items: C::default(),
            budget: Budget::default(),
        }
    }
}

impl<T, E, F: Flow<Item = Result<T, E>>, C: Default + Extend<T>> Future for TryCollect<F, C> {
    type Output = Result<C, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<C, E>> {
        let mut this = self.project();
        loop {
            ready!(this.budget.poll_spend(cx));
            match this.flow.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(item))) => this.items.extend(Some(item)),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) => return Poll::Ready(Ok(core::mem::take(this.items))),
                Poll::Pending => {
                    this.budget.refill();
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<F: fmt::Debug, C> fmt::Debug for TryCollect<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryCollect")
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}
