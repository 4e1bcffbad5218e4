//! The first program of the README, word for word in `program.rs`.
#![forbid(unsafe_code)]

include!("program.rs");
