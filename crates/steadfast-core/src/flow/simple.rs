//! Adapters that do something to an item on its way, and have nothing of their own in progress.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::Flow;
use super::driver::Budget;

/// An adapter of one flow and one closure; `$give` says what becomes of an item, where `None` leaves it out.
macro_rules! adapter {
    (
        $(#[$doc:meta])*
        $name:ident<$flow:ident, $closure:ident> where [$($generic:ident),*] $item:ty: [$($bound:tt)*] -> $out:ty,
        $what:ident, |$this:ident, $given:ident| $give:expr
    ) => {
        pin_project! {
            $(#[$doc])*
            #[must_use = "flows do nothing unless they are consumed"]
            pub struct $name<$flow, $closure> {
                #[pin]
                flow: $flow,
                $what: $closure,
            }
        }

        impl<$flow, $closure> $name<$flow, $closure> {
            pub(super) fn new(flow: $flow, $what: $closure) -> Self {
                Self { flow, $what }
            }
        }

        impl<$flow: Flow<Item = $item>, $closure: $($bound)*, $($generic),*> Flow for $name<$flow, $closure> {
            type Item = $out;

            fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<$out>> {
                let mut this = self.project();
                // Spent by what is left out, which may be everything for a long time.
                let mut budget = Budget::default();
                loop {
                    let Some($given) = ready!(this.flow.as_mut().poll_next(cx)) else {
                        return Poll::Ready(None);
                    };
                    let $this = &mut *this.$what;
                    if let Some(item) = $give {
                        return Poll::Ready(Some(item));
                    }
                    ready!(budget.poll_spend(cx));
                }
            }

            fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
                self.project().flow.poll_progress(cx)
            }
        }

        impl<$flow: fmt::Debug, $closure> fmt::Debug for $name<$flow, $closure> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("flow", &self.flow).finish_non_exhaustive()
            }
        }
    };
}

adapter! {
    /// The flow of [`Flow::map`].
    Map<F, M> where [I, T] I: [FnMut(I) -> T] -> T,
    change, |change, item| Some(change(item))
}
adapter! {
    /// The flow of [`Flow::filter`].
    Filter<F, P> where [I] I: [FnMut(&I) -> bool] -> I,
    keep, |keep, item| keep(&item).then_some(item)
}
adapter! {
    /// The flow of [`Flow::filter_map`].
    FilterMap<F, M> where [I, T] I: [FnMut(I) -> Option<T>] -> T,
    change, |change, item| change(item)
}
adapter! {
    /// The flow of [`Flow::inspect`].
    Inspect<F, L> where [I] I: [FnMut(&I)] -> I,
    look, |look, item| {
        look(&item);
        Some(item)
    }
}
adapter! {
    /// The flow of [`Flow::map_ok`].
    MapOk<F, M> where [T, E, U] Result<T, E>: [FnMut(T) -> U] -> Result<U, E>,
    change, |change, item| Some(item.map(change))
}
adapter! {
    /// The flow of [`Flow::map_err`].
    MapErr<F, M> where [T, E, U] Result<T, E>: [FnMut(E) -> U] -> Result<T, U>,
    change, |change, item| Some(item.map_err(change))
}

pin_project! {
    /// The flow of [`Flow::enumerate`].
    #[derive(Debug)]
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Enumerate<F> {
        #[pin]
        flow: F,
        next: usize,
    }
}

impl<F> Enumerate<F> {
    pub(super) fn new(flow: F) -> Self {
        Self { flow, next: 0 }
    }
}

impl<F: Flow> Flow for Enumerate<F> {
    type Item = (usize, F::Item);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let item = ready!(this.flow.poll_next(cx));
        Poll::Ready(item.map(|item| {
            let number = *this.next;
            *this.next += 1;
            (number, item)
        }))
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().flow.poll_progress(cx)
    }
}
