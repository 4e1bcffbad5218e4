//! The only place that catches panics.
//!
//! User code runs inside futures, destructors and hooks. Each such call goes through [`catch`], so that a panic becomes a
//! value with an owner. `AssertUnwindSafe` is right here because nothing that the closure could have left half-changed is
//! looked at again: a future that panicked is dropped, never polled.

use std::any::Any;
use std::mem::needs_drop;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic carried.
pub(crate) type Payload = Box<dyn Any + Send + 'static>;

/// Runs `f`; a panic in it is the error.
pub(crate) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Payload> {
    catch_unwind(AssertUnwindSafe(f))
}

/// Drops `value`; a panic in its destructor is the error.
pub(crate) fn drop_caught<T>(value: T) -> Result<(), Payload> {
    catch(move || drop(value))
}

/// Drops `value`; a panic in its destructor is nobody's.
pub(crate) fn drop_quietly<T>(value: T) {
    if needs_drop::<T>() {
        drop_caught(value).unwrap_or_else(forget_payload);
    }
}

/// Throws a payload away for good. A payload whose own destructor panics is leaked rather than thrown again: there is
/// nobody left to tell.
pub(crate) fn forget_payload(payload: Payload) {
    if let Err(second) = catch(move || drop(payload)) {
        std::mem::forget(second);
    }
}

/// The text of a panic, where it has one.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a panic whose payload is not text"
    }
}
