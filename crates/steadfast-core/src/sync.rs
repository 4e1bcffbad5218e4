//! What threads share: the only switch between std and the model checker Loom.
//!
//! The rest of the crate takes its locks, atomics, thread-locals, statics and the atomic waker from here. They are std's, and
//! the waker that of `futures-util`. In the crate's own tests under `--cfg steadfast_loom` they are Loom's, so that a model can
//! run the nursery in every interleaving that Loom finds. The cfg is not plain `loom`, which `async-lock` and others below us
//! would follow without being able to; and it does nothing outside of tests, so that nobody else ever gets a nursery that only
//! works in a model.
//!
//! # What stays std's in a model
//!
//! - **`Arc` and `Weak`.** The crate needs `Arc<dyn Enclosing>` and `Weak<dyn Enclosing>`, which Loom's cannot be. So Loom switches
//!   no threads at a count, and learns no order from one. The first loses interleavings: steps between two of Loom's points run
//!   as one, so that a last drop never comes in the middle of such a stretch. The second loses nothing: an order that Loom does
//!   not know of can make it complain about an access that is sound, never keep silent about one that is not.
//! - **The semaphore of `limit`**, which is a crate of its own; and what `witness` and `ambient` keep, which no model uses.
//!
//! A cell that is written once has a lock beside it in a model, so that a look at an empty one orders more than std says.

#[cfg(not(all(test, steadfast_loom)))]
mod real {
    pub(crate) use std::sync::{Mutex, MutexGuard, OnceLock, atomic};

    pub(crate) use futures_util::task::AtomicWaker;

    /// A static that threads share.
    macro_rules! shared {
        ($(#[$attribute:meta])* static $name:ident: $type:ty = $value:expr;) => {
            $(#[$attribute])*
            static $name: $type = $value;
        };
    }
    pub(crate) use shared;
    /// A static of which each thread has its own.
    pub(crate) use std::thread_local as local;
}

#[cfg(all(test, steadfast_loom))]
mod modelled {
    use std::task::Waker;

    pub(crate) use loom::sync::{Mutex, MutexGuard, atomic};

    /// Each run of a model has statics of its own.
    macro_rules! shared {
        ($(#[$attribute:meta])* static $name:ident: $type:ty = $value:expr;) => {
            loom::lazy_static! {
                $(#[$attribute])*
                static ref $name: $type = $value;
            }
        };
    }
    pub(crate) use shared;

    /// Each thread of a model has locals of its own.
    macro_rules! local {
        (static $name:ident: $type:ty = const $value:block;) => {
            loom::thread_local! { static $name: $type = $value; }
        };
        (static $name:ident: $type:ty = $value:expr;) => {
            loom::thread_local! { static $name: $type = $value; }
        };
    }
    pub(crate) use local;

    /// A cell that is written once. The lock orders what std's cell orders by itself, and lets a thread wait while another one
    /// makes the value: the threads of a model share one thread of the system, which would wait for itself.
    pub(crate) struct OnceLock<T> {
        order: Mutex<()>,
        value: std::sync::OnceLock<T>,
    }

    impl<T> OnceLock<T> {
        pub(crate) fn new() -> Self {
            Self {
                order: Mutex::new(()),
                value: std::sync::OnceLock::new(),
            }
        }

        pub(crate) fn get(&self) -> Option<&T> {
            drop(super::lock(&self.order));
            self.value.get()
        }

        pub(crate) fn set(&self, value: T) -> Result<(), T> {
            let _alone = super::lock(&self.order);
            self.value.set(value)
        }

        pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
            let _alone = super::lock(&self.order);
            self.value.get_or_init(make)
        }
    }

    /// Loom's waker, with the signatures of the one in `futures-util`.
    pub(crate) struct AtomicWaker(loom::future::AtomicWaker);

    impl AtomicWaker {
        pub(crate) fn new() -> Self {
            Self(loom::future::AtomicWaker::new())
        }

        pub(crate) fn register(&self, waker: &Waker) {
            self.0.register_by_ref(waker);
        }

        pub(crate) fn wake(&self) {
            self.0.wake();
        }
    }
}

use std::sync::PoisonError;

#[cfg(all(test, steadfast_loom))]
pub(crate) use self::modelled::*;
#[cfg(not(all(test, steadfast_loom)))]
pub(crate) use self::real::*;

/// Locks. Nothing panics under a lock of this crate, so that a poisoned one can only mean that a thread was torn down; the
/// data is whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
