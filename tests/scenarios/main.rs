//! The failures of `select!`, of streams, of generators and of work that must be completed, each beside what becomes of it with steadfast.
//!
//! A test is named by its scenario. Where there is a raw tool that fails, it is run first, as a control: if it stops failing, the
//! scenario has lost its point. All time is virtual.
//!
//! No raw tool fails in M11 and M13, where the compiler is asked, in B5, B17 and G1 to G3, where what is said of ours holds for
//! streams, too, and in M12, B16 and G7, which are about contracts that streams do not have. C7 and G8 are about us alone.
#![forbid(unsafe_code)]
#![allow(missing_docs)]

mod combined;
mod completion;
mod generators;
mod leaving;
mod merge;
mod probe;
mod select;
mod starvation;
mod syntax;
mod together;
