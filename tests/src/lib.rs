//! What the test targets of the workspace share.
#![forbid(unsafe_code)]

#[cfg(doctest)]
mod readme;
pub mod subjects;
