//! What the handles of scopes and of local nurseries offer. It is that of [`Nursery`](super::Nursery), with other bounds on children.
//!
//! Each of them wraps a nursery, in a field `nursery`, says by `door` where its children are polled and by `near_door` the same for
//! the time of a call, and by `with` how to wrap another handle of the same nursery.

/// Everything but spawning.
macro_rules! handle_methods {
    ([$($generics:tt)*] $handle:ty) => {
        impl<$($generics)*> $handle {
            /// A handle to the same, through which children are spawned under `name`.
            #[must_use = "the name applies to children that are spawned through the handle that this returns"]
            pub fn named(&self, name: impl Into<crate::origin::Name>) -> Self {
                self.with(self.nursery.named(name))
            }

            /// Asks the body and all children to end. Returns at once; the first reason stands.
            ///
            /// Only marked regions give way. Everybody is waited for as ever.
            #[track_caller]
            pub fn cancel(&self, reason: impl Into<crate::CancelReason>) {
                self.nursery.cancel(reason);
            }

            /// Whether it has been asked to end, by itself or from around.
            pub fn is_cancelled(&self) -> bool {
                self.nursery.is_cancelled()
            }

            /// Why it has been asked to end, if it has.
            pub fn cancel_reason(&self) -> Option<crate::CancelReason> {
                self.nursery.cancel_reason()
            }

            /// Whether spawns are refused: the body has ended and no child is left.
            pub fn is_closed(&self) -> bool {
                self.nursery.is_closed()
            }

            /// How many children are alive; under a limit, with those that wait for a place or have just given it up.
            pub fn len(&self) -> usize {
                self.nursery.len()
            }

            /// Whether no child is alive.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// The name that the builder gave it.
            pub fn name(&self) -> Option<&str> {
                self.nursery.name()
            }

            /// The tree below this at this moment.
            pub fn tree(&self) -> crate::Tree {
                self.nursery.tree()
            }

            /// Moves its own deadline: earlier, later, or away. A relative one counts from now.
            pub fn set_deadline(&self, deadline: impl Into<crate::Deadline>) {
                self.nursery.set_deadline(deadline);
            }
        }
    };
}

/// The ways to start a child.
macro_rules! spawn_methods {
    ([$($generics:tt)*] $handle:ty, [$($bound:tt)+], use<$($captured:tt),*>) => {
        impl<$($generics)*> $handle {
            /// Starts `future` as a child: fire and forget.
            ///
            /// It is waited for. It returns `()` or, where children may fail, `Result<(), E>`, whose error asks all others to end and
            /// comes out of the call.
            ///
            /// # Errors
            ///
            /// If this is closed, [`Spawned`](crate::Spawned) holds the future. It may be ignored, but dropping a refused future is a loss,
            /// and reported as one.
            #[track_caller]
            pub fn spawn<F>(&self, future: F) -> crate::Spawned<F>
            where
                F: Future + $($bound)+, // a future: `async { .. }`, not `|| ..`
                F::Output: crate::ChildOutput<E>,
            {
                self.nursery.spawn_in(&self.near_door(), future)
            }

            /// Starts each of `futures` as a child, as by [`spawn`](Self::spawn).
            ///
            /// # Errors
            ///
            /// If this is closed, [`Spawned`](crate::Spawned) holds those that were refused.
            #[track_caller]
            pub fn spawn_all<I>(&self, futures: I) -> crate::Spawned<Vec<I::Item>>
            where
                I: IntoIterator,
                I::Item: Future + $($bound)+, // futures: `async { .. }`, not `|| ..`
                <I::Item as Future>::Output: crate::ChildOutput<E>,
            {
                self.nursery.spawn_each_in(&self.near_door(), futures)
            }

            /// Starts `future` as one marked region: it runs until it ends, or until it is asked to.
            ///
            /// Same as `spawn(future.or_cancelled())`, with the outputs of [`spawn`](Self::spawn). Ending by a request is not a
            /// failure.
            ///
            /// # Errors
            ///
            /// As [`spawn`](Self::spawn).
            #[track_caller]
            pub fn spawn_until_cancelled<F>(&self, future: F) -> crate::Spawned<F>
            where
                F: Future + $($bound)+, // a future: `async { .. }`, not `|| ..`
                F::Output: crate::ChildOutput<E>,
            {
                self.nursery.spawn_until_cancelled_in(&self.near_door(), future)
            }

            /// Starts `future` as a background child: it is asked to end when the body and all other children have finished.
            ///
            /// # Errors
            ///
            /// As [`spawn`](Self::spawn).
            #[track_caller]
            pub fn spawn_background<F>(&self, future: F) -> crate::Spawned<F>
            where
                F: Future + $($bound)+, // a future: `async { .. }`, not `|| ..`
                F::Output: crate::ChildOutput<E>,
            {
                self.nursery.spawn_background_in(&self.near_door(), future)
            }

            /// Starts `future` as a child and returns a handle to its value.
            ///
            /// Dropping the handle does nothing. The value is whatever `future` returns; where children may fail, `future` returns
            /// `Result<T, E>`: an error comes out of the call, and the handle says so. If this is closed, the handle resolves to an
            /// error that says that, and the drop of `future` is reported.
            #[track_caller]
            pub fn spawn_with_handle<F, T>(&self, future: F) -> crate::Child<T>
            where
                F: Future + $($bound)+, // a future: `async { .. }`, not `|| ..`
                F::Output: crate::HandleOutput<E, Value = T>,
                T: $($bound)+,
            {
                self.nursery.spawn_with_handle_in(&self.near_door(), future)
            }

            /// Starts `future` as a supervised child: however it ends is its handle's alone.
            ///
            /// Refusal shows as in [`spawn_with_handle`](Self::spawn_with_handle).
            #[track_caller]
            pub fn spawn_supervised<F>(&self, future: F) -> crate::Child<F::Output>
            where
                F: Future + $($bound)+, // a future: `async { .. }`, not `|| ..`
                F::Output: $($bound)+,
            {
                self.nursery.spawn_supervised_in(&self.near_door(), future)
            }

            /// Starts `future` as a child if that makes sense now.
            ///
            /// # Errors
            ///
            /// [`RefusedSpawn`](crate::RefusedSpawn) with the future in it, if this is closed, has been asked to end, or has no free place under its
            /// [limit](crate::Builder::limit).
            #[track_caller]
            pub fn try_spawn<F>(&self, future: F) -> Result<(), crate::RefusedSpawn<F>>
            where
                F: Future + $($bound)+, // a future: `async { .. }`, not `|| ..`
                F::Output: crate::ChildOutput<E>,
            {
                self.nursery.try_spawn_in(&self.near_door(), future)
            }

            /// Waits until there is a free place under the [limit](crate::Builder::limit), then starts `future` as a child.
            ///
            /// # Errors
            ///
            /// [`RefusedSpawn`](crate::RefusedSpawn) with the future in it, if this is closed, or is asked to end while the call waits.
            ///
            /// # Cancel safety
            ///
            /// Dropping it before it is ready drops `future`, which has not begun, and gives the place in the queue up.
            #[track_caller]
            pub fn spawn_when_free<F>(
                &self,
                future: F,
            ) -> impl Future<Output = Result<(), crate::RefusedSpawn<F>>> + use<$($captured),*>
            where
                F: Future + $($bound)+, // a future: `async { .. }`, not `|| ..`
                F::Output: crate::ChildOutput<E>,
            {
                self.nursery.spawn_when_free_in(self.door(), future)
            }

            /// Starts a child and waits until it reports ready; the call returns what the child reports, and the child goes on.
            ///
            /// As [`Nursery::start`](crate::Nursery::start) in every respect. The value that is reported borrows nothing.
            ///
            /// # Errors
            ///
            /// [`StartError`](crate::StartError) if the child ended before it was ready. Its own error comes from here, as it is, and
            /// fails nobody else.
            ///
            /// # Cancel safety
            ///
            /// Nothing runs before the first poll. If the future is dropped before the child is ready, the child is asked to end with
            /// [`CancelReason::Dropped`](crate::CancelReason::Dropped), and is waited for.
            #[track_caller]
            pub fn start<C, F, V>(
                &self,
                child: C,
            ) -> impl Future<Output = Result<V, crate::StartError<E>>> + use<$($captured),*, C, V>
            where
                C: FnOnce(crate::Ready<V>) -> F,
                F: Future + $($bound)+, // the child: `async |ready| ..`, not `|ready| ..`
                F::Output: crate::ChildOutput<E>,
                V: Send + 'static,
            {
                self.nursery.start_in(self.door(), child)
            }

            /// [`start`](Self::start), and a handle to the child's value besides.
            ///
            /// # Errors
            ///
            /// As [`start`](Self::start).
            ///
            /// # Cancel safety
            ///
            /// As [`start`](Self::start).
            #[track_caller]
            pub fn start_with_handle<C, F, V, T>(
                &self,
                child: C,
            ) -> impl Future<Output = Result<(V, crate::Child<T>), crate::StartError<E>>> + use<$($captured),*, C, V, T>
            where
                C: FnOnce(crate::Ready<V>) -> F,
                F: Future + $($bound)+, // the child: `async |ready| ..`, not `|ready| ..`
                F::Output: crate::HandleOutput<E, Value = T>,
                V: Send + 'static,
                T: $($bound)+,
            {
                self.nursery.start_with_handle_in(self.door(), child)
            }
        }
    };
}

pub(crate) use {handle_methods, spawn_methods};
