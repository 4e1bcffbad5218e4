//! A panic that was caught, on its way to whoever answers for it.

use std::any::Any;
use std::fmt;
use std::sync::PoisonError;

use crate::sync::{Mutex, lock};
use crate::unwind::{self, Payload};

/// A panic that was caught: its message, and the payload that it carried.
///
/// `Sync`, so that errors that hold one go wherever errors go.
pub struct Panic {
    message: String,
    /// Under a lock only because payloads are not `Sync`.
    payload: Mutex<Payload>,
}

impl Panic {
    pub(crate) fn new(payload: Payload) -> Self {
        Self {
            message: unwind::message(&*payload).to_owned(),
            payload: Mutex::new(payload),
        }
    }

    /// What the panic said, where its payload is text.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Looks at the payload.
    pub fn inspect<T>(&self, look: impl FnOnce(&(dyn Any + Send)) -> T) -> T {
        look(&**lock(&self.payload))
    }

    /// The payload, for [`resume_unwind`](std::panic::resume_unwind).
    pub fn into_payload(self) -> Box<dyn Any + Send + 'static> {
        self.payload
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panic").field(&self.message).finish()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
