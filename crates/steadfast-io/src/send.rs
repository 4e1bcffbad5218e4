//! A message on its way.

use std::fmt;

/// A message that has not been sent, or has been.
///
/// Life cycle: made with the message, it is lent to `send_from` as often as it takes; when that has returned `Ok`, the channel has
/// the message. A `send_from` that is dropped, or that finds the channel closed, leaves the message here.
///
/// # Examples
///
/// ```
/// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
/// # steadfast::block_on(&runtime, async {
/// use steadfast_io::{Unsent, futures::SendFrom};
///
/// let mut sink = futures_util::sink::drain();
/// let mut message = Unsent::new("hello");
/// assert!(!message.is_sent());
/// sink.send_from(&mut message).await.unwrap();
/// assert!(message.is_sent());
/// # });
/// ```
#[must_use = "a message that is dropped here is not sent"]
pub struct Unsent<T>(Option<T>);

impl<T> Unsent<T> {
    /// A message to be sent.
    pub const fn new(message: T) -> Self {
        Self(Some(message))
    }

    /// Whether the channel has the message.
    pub const fn is_sent(&self) -> bool {
        self.0.is_none()
    }

    /// The message, if it has not been sent.
    pub fn into_inner(self) -> Option<T> {
        self.0
    }

    /// Takes the message out, to hand it to the channel at once.
    pub(crate) fn take(&mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T> fmt::Debug for Unsent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsent")
            .field("is_sent", &self.is_sent())
            .finish_non_exhaustive()
    }
}
