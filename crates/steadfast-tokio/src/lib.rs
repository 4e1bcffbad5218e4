//! The tokio backend of steadfast: tasks, blocking work and timers on a tokio runtime.
//!
//! | Type | Is | Implements |
//! |---|---|---|
//! | [`Tokio`] | a cloneable handle, `Send + Sync` | `Spawn`, `SpawnBlocking`, `Timer` |
//! | [`TokioRuntime`] | the owner of a runtime | `Entry` |
//! | [`TokioLocal`] | a cloneable handle that stays on its thread | `SpawnLocal` |
//! | [`TokioLocalRuntime`] | the owner of a `LocalRuntime` | `Entry` |
//!
//! Owner and handle are two types, because a nursery keeps a clone of the handle in each child: a handle that owned the
//! runtime would be kept alive by the very tasks that the runtime has to drop at its end.
//!
//! Dropping an owner drops all pending tasks. Tokio still accepts a task through a handle after that, and drops it on the
//! spot, unpolled.
#![forbid(unsafe_code)]

mod local;
mod runtime;

pub use crate::local::{TokioLocal, TokioLocalRuntime};
pub use crate::runtime::{NoRuntime, Tokio, TokioRuntime};
