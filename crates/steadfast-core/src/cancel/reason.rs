//! Why work was asked to end.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use crate::Origin;

/// Why work was asked to end.
///
/// The first reason of a scope stands; later ones are ignored. A reason reaches every scope below the one that was asked.
///
/// # Examples
///
/// ```
/// use steadfast_core::CancelReason;
///
/// let reason = CancelReason::from("the client went away");
/// assert_eq!(reason.to_string(), "cancelled: the client went away");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelReason {
    /// Somebody called `cancel`.
    Requested(Request),
    /// A child of the nursery failed or panicked; this one.
    Failed(Origin),
    /// The body of the nursery failed or panicked.
    BodyFailed,
    /// The deadline of the scope passed.
    Deadline,
    /// The future of the scope was dropped before it had finished.
    Dropped,
    /// The body and all foreground children have finished; sent to background children.
    Finished,
    /// The program is shutting down.
    Shutdown,
}

impl CancelReason {
    #[cfg(feature = "std")]
    pub(crate) fn asked_by(self, by: Origin) -> Self {
        match self {
            Self::Requested(request) => Self::Requested(Request {
                by: request.by.or(Some(by)),
                ..request
            }),
            other => other,
        }
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested(request) => write!(f, "cancelled: {request}"),
            Self::Failed(child) => write!(f, "cancelled because the child {child} failed"),
            Self::BodyFailed => f.write_str("cancelled because the body of the nursery failed"),
            Self::Deadline => f.write_str("cancelled because the deadline passed"),
            Self::Dropped => f.write_str("cancelled because the future of the scope was dropped"),
            Self::Finished => f.write_str("cancelled because all foreground work has finished"),
            Self::Shutdown => f.write_str("cancelled because the program is shutting down"),
        }
    }
}

impl From<&'static str> for CancelReason {
    fn from(text: &'static str) -> Self {
        Self::Requested(Request::new(Cow::Borrowed(text)))
    }
}

impl From<String> for CancelReason {
    fn from(text: String) -> Self {
        Self::Requested(Request::new(Cow::Owned(text)))
    }
}

/// An explicit request: the words that came with it, and who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    text: Cow<'static, str>,
    by: Option<Origin>,
}

impl Request {
    const fn new(text: Cow<'static, str>) -> Self {
        Self { text, by: None }
    }

    /// The words that came with the request.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Who asked: the name of the task that called `cancel`, if it has one, and the line of that call.
    pub const fn by(&self) -> Option<&Origin> {
        self.by.as_ref()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.by {
            Some(by) => write!(f, ", asked by {by}"),
            None => Ok(()),
        }
    }
}

/// Work gave way to a request before it had finished.
///
/// Only steadfast makes one. It is neither a failure nor a timeout, and nothing converts it into either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    reason: CancelReason,
}

impl Cancelled {
    #[cfg(feature = "std")]
    pub(crate) const fn new(reason: CancelReason) -> Self {
        Self { reason }
    }

    /// Why it was asked to.
    pub const fn reason(&self) -> &CancelReason {
        &self.reason
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.reason, f)
    }
}

impl core::error::Error for Cancelled {}
