//! The failures of `select!`, of streams, of generators and of work that must be completed, each beside what becomes of it with steadfast.
//!
//! A test is named by its scenario. Where there is a raw tool that fails, it is run first, as a control: if it stops failing, the
//! scenario has lost its point. All time is virtual.
#![forbid(unsafe_code)]
#![allow(missing_docs)]

mod combined;
mod completion;
mod generators;
mod merge;
mod probe;
mod select;
mod starvation;
mod syntax;
