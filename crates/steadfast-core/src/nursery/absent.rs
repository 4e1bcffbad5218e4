//! Methods that std and tokio have, and that are not here: whoever calls one reads what to write instead.
//!
//! Their bounds hold for nothing, so that no program that compiles calls them. They take `&mut self`, for which the compiler looks
//! last, so that they hide no method of the same name that a user's trait adds (`child.join(other)`).
//!
//! Where a bound is std's own, it takes no text of ours. But the compiler shows the line of a bound to whoever does not meet it: so
//! the fix is in a comment at its end.

use super::{Child, Spawned};
use crate::block_scope::BlockScope;
use crate::scope::{LocalScope, Scope};

#[expect(unnameable_types, reason = "nothing implements it")]
#[diagnostic::on_unimplemented(
    message = "a scope has no blocking children",
    label = "use `spawn_blocking` of a nursery, or `std::thread::scope`",
    note = "work that owns its data is a child of a `nursery`; work that borrows, of `std::thread::scope`"
)]
pub trait SpawnsBlocking {
    fn never<T>(&self) -> T;
}

#[expect(unnameable_types, reason = "nothing implements it")]
#[diagnostic::on_unimplemented(
    message = "the handle of a child is awaited, not joined",
    label = "write `.await` instead of `.join()`",
    note = "to wait without taking the value, use `wait().await`"
)]
pub trait Joins {
    fn never<T>(&self) -> T;
}

#[expect(unnameable_types, reason = "nothing implements it")]
#[diagnostic::on_unimplemented(
    message = "a child is asked to end, not aborted",
    label = "write `cancel(reason)`",
    note = "it ends where its code gives way: at a region that is marked with `or_cancelled`, or at a `checkpoint`",
    note = "to wait until it has, use `wait().await`"
)]
pub trait Aborts {
    fn never<T>(&self) -> T;
}

#[expect(unnameable_types, reason = "nothing implements it")]
#[diagnostic::on_unimplemented(
    message = "`spawn` gives no handle to join: the child is waited for at the end",
    label = "spawn the child with `spawn_with_handle`, and write `.await` here"
)]
pub trait GivesHandle {
    fn never<T>(&self) -> T;
}

// Each returns whatever its caller takes it for, so that what is done with it is no error besides.

/// What a nursery has, and a scope has not.
macro_rules! no_blocking_children {
    ([$($generics:tt)*] $handle:ty) => {
        impl<$($generics)*> $handle {
            #[doc(hidden)]
            pub fn spawn_blocking<W, O>(&mut self, _: W) -> O
            where
                Self: SpawnsBlocking,
            {
                self.never()
            }
        }
    };
}

no_blocking_children!([E] Scope<'_, E>);
no_blocking_children!([E] LocalScope<'_, E>);
no_blocking_children!([E, R] BlockScope<'_, E, R>);

impl<T> Child<T> {
    #[doc(hidden)]
    pub fn join<O>(&mut self) -> O
    where
        Self: Joins,
    {
        Joins::never(self)
    }

    #[doc(hidden)]
    pub fn abort<O>(&mut self) -> O
    where
        Self: Aborts,
    {
        Aborts::never(self)
    }
}

impl<F> Spawned<F> {
    #[doc(hidden)]
    pub fn join<O>(&mut self) -> O
    where
        Self: GivesHandle,
    {
        self.never()
    }
}
