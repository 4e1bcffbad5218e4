//! Starting children in a scope.

use std::future::Future;

use super::{LocalScope, Scope};
use crate::nursery::{Child, ChildOutput, HandleOutput, RefusedSpawn, Spawned};

/// The ways to start a child, for children with these bounds.
macro_rules! spawns {
    ($scope:ident: $($bound:tt)+) => {
        impl<'env, E: Send + 'static> $scope<'env, E> {
            /// Starts `future` as a child: fire and forget.
            ///
            /// The scope waits for it. It returns `()` or, in a scope that returns errors, `Result<(), E>`, whose error fails the
            /// scope. It may borrow what lives for `'env`: locals of the scope's caller, not of its body or of other children.
            ///
            /// Costs one allocation.
            ///
            /// # Errors
            ///
            /// If the scope is closed, [`Spawned`] holds the future. It may be ignored, but dropping a refused future is a loss,
            /// and reported as one.
            #[track_caller]
            pub fn spawn<F>(&self, future: F) -> Spawned<F>
            where
                F: Future + $($bound)+,
                F::Output: ChildOutput<E>,
            {
                self.nursery.spawn_in(&self.door(), future)
            }

            /// Starts `future` as one marked region: it runs until it ends, or until the scope is asked to.
            ///
            /// Same as `spawn(future.or_cancelled())`, with the outputs of [`spawn`](Self::spawn). Ending by a request is not a
            /// failure.
            ///
            /// # Errors
            ///
            /// As [`spawn`](Self::spawn).
            #[track_caller]
            pub fn spawn_until_cancelled<F>(&self, future: F) -> Spawned<F>
            where
                F: Future + $($bound)+,
                F::Output: ChildOutput<E>,
            {
                self.nursery.spawn_until_cancelled_in(&self.door(), future)
            }

            /// Starts `future` as a background child: it is asked to end when the body and all other children have finished.
            ///
            /// # Errors
            ///
            /// As [`spawn`](Self::spawn).
            #[track_caller]
            pub fn spawn_background<F>(&self, future: F) -> Spawned<F>
            where
                F: Future + $($bound)+,
                F::Output: ChildOutput<E>,
            {
                self.nursery.spawn_background_in(&self.door(), future)
            }

            /// Starts `future` as a child and returns a handle to its value.
            ///
            /// Dropping the handle does nothing. In a plain scope the value is whatever `future` returns; in a scope that returns
            /// errors, `future` returns `Result<T, E>`: an error fails the scope, and the handle says so. If the scope is closed, the
            /// handle resolves to an error that says that, and the drop of `future` is reported.
            #[track_caller]
            pub fn spawn_with_handle<F, T>(&self, future: F) -> Child<T>
            where
                F: Future + $($bound)+,
                F::Output: HandleOutput<E, Value = T>,
                T: $($bound)+,
            {
                self.nursery.spawn_with_handle_in(&self.door(), future)
            }

            /// Starts `future` as a supervised child: however it ends is its handle's alone.
            ///
            /// Refusal shows as in [`spawn_with_handle`](Self::spawn_with_handle).
            #[track_caller]
            pub fn spawn_supervised<F>(&self, future: F) -> Child<F::Output>
            where
                F: Future + $($bound)+,
                F::Output: $($bound)+,
            {
                self.nursery.spawn_supervised_in(&self.door(), future)
            }

            /// Starts `future` as a child if that makes sense now.
            ///
            /// # Errors
            ///
            /// [`RefusedSpawn`] with the future in it, if the scope is closed, has been asked to end, or has no free place under its
            /// [limit](crate::Builder::limit).
            #[track_caller]
            pub fn try_spawn<F>(&self, future: F) -> Result<(), RefusedSpawn<F>>
            where
                F: Future + $($bound)+,
                F::Output: ChildOutput<E>,
            {
                self.nursery.try_spawn_in(&self.door(), future)
            }

            /// Waits until the scope has a free place under its [limit](crate::Builder::limit), then starts `future` as a child.
            ///
            /// # Errors
            ///
            /// [`RefusedSpawn`] with the future in it, if the scope is closed, or is asked to end while this waits.
            ///
            /// # Cancel safety
            ///
            /// Dropping it before it is ready drops `future`, which has not begun, and gives the place in the queue up.
            #[track_caller]
            pub fn spawn_when_free<F>(
                &self,
                future: F,
            ) -> impl Future<Output = Result<(), RefusedSpawn<F>>> + use<'env, F, E>
            where
                F: Future + $($bound)+,
                F::Output: ChildOutput<E>,
            {
                self.nursery.spawn_when_free_in(self.door(), future)
            }
        }
    };
}

spawns!(Scope: Send + 'env);
spawns!(LocalScope: 'env);
