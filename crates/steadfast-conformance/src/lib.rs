#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backend;
pub mod interrupted;
mod kit;
pub mod laws;
pub mod local;
pub mod mutants;
mod over_scope;
pub mod probe;
pub mod reference;
mod report;
mod runner;
pub mod simulated;
mod subject;
mod suite;
mod system;
mod watchdog;

pub use crate::report::{Finding, Outcome, Report};
pub use crate::runner::{Plan, check, run};
pub use crate::subject::{Capability, Fixture, Profile, Subject};
pub use crate::suite::{Case, Info, Level, all_cases};
