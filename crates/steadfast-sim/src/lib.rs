#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod kit;
mod sim;

pub use crate::sim::{Builder, Idle, Policy, Sim, SimHandle, Sleep, TaskId, Trace};
