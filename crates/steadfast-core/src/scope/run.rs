//! The future of a scope: the nursery's, and the children beside it.

use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Invariant;
use super::crowd::{Crowd, Polled};
use super::place::{Around, InTask, TaskSource};
use crate::nursery::{Nursery, NurseryFuture, Policy};
use crate::{Builder, Source};

/// How many children are polled before others in the runtime get a turn, at least; more if more are alive.
pub(crate) const TURN: usize = 64;

pin_project! {
    /// Life cycle: that of the nursery in it. The body is polled when it has been woken, and each child when it has been.
    ///
    /// Dropped, it drops the nursery first, which asks everybody to end, then the children.
    pub(super) struct ScopeFuture<'env, K, S, F, Fut, P>
    where
        S: Source,
        Fut: Future,
        P: Policy<Fut::Output>,
    {
        #[pin]
        nursery: Option<NurseryFuture<TaskSource<S>, F, Fut, P>>,
        crowd: Crowd<K>,
        body_woken: bool,
        env: PhantomData<Invariant<'env, K>>,
    }

    impl<K, S, F, Fut, P> PinnedDrop for ScopeFuture<'_, K, S, F, Fut, P>
    where
        S: Source,
        Fut: Future,
        P: Policy<Fut::Output>,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _here = this.crowd.enter();
            this.nursery.set(None);
        }
    }
}

impl<S: Source> Builder<S> {
    /// Opens the nursery of a scope, with a body that knows how to make a scope of it.
    #[track_caller]
    pub(super) fn open_scope<'env, K, F, Fut, P>(
        self,
        body: F,
    ) -> ScopeFuture<'env, K, S, F, Fut, P>
    where
        F: FnOnce(Nursery<P::Error, InTask>) -> Fut,
        Fut: Future,
        P: Policy<Fut::Output>,
    {
        let (crowd, room) = Crowd::new();
        let (around, opening) = self.in_task();
        let source = TaskSource {
            around: Around(around),
            room,
        };
        ScopeFuture {
            nursery: Some(NurseryFuture::new(
                source,
                opening,
                body,
                Location::caller(),
            )),
            body_woken: true,
            crowd,
            env: PhantomData,
        }
    }
}

impl<K, S, F, Fut, P> Future for ScopeFuture<'_, K, S, F, Fut, P>
where
    S: Source,
    F: FnOnce(Nursery<P::Error, InTask>) -> Fut,
    Fut: Future,
    P: Policy<Fut::Output>,
{
    type Output = P::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Output> {
        let mut this = self.project();
        let Some(mut nursery) = this.nursery.as_mut().as_pin_mut() else {
            panic!("a scope was polled after it had been dropped");
        };
        // SAFETY: the crowd is a part of this future, and stays until the poll is over.
        let body = unsafe { this.crowd.body_waker() };
        let body = &mut Context::from_waker(&body);
        let _here = this.crowd.enter();
        this.crowd.begin_poll();
        let mut turns = TURN.max(2 * this.crowd.len());
        loop {
            if std::mem::take(this.body_woken) {
                if let Poll::Ready(output) = nursery.as_mut().poll(body) {
                    return Poll::Ready(output);
                }
            }
            match this.crowd.poll_next() {
                Polled::Body => *this.body_woken = true,
                Polled::Child => {}
                Polled::Nobody => {
                    // This may wake somebody here, of whom `sleep` knows nothing.
                    nursery.as_mut().rest(body);
                    if !this.crowd.is_anybody_awake() && this.crowd.sleep(cx.waker()) {
                        return Poll::Pending;
                    }
                    continue;
                }
            }
            turns -= 1;
            if turns == 0 {
                nursery.rest(body);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }
}
