//! The subjects of the suite, which its binary and its test targets share.
#![forbid(unsafe_code)]

pub mod subjects;
