#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod kit;
mod sim;

#[doc(hidden)]
pub use crate::sim::Draws;
pub use crate::sim::{Builder, Idle, Policy, Sim, SimHandle, Sleep, TaskId, Trace};
