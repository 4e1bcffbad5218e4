//! What the test targets of the workspace share.
#![forbid(unsafe_code)]

pub mod subjects;
