//! The programs of the README, as doc tests.
#![forbid(unsafe_code)]

#[cfg(doctest)]
mod readme;
