//! The smol backend of steadfast: an executor with threads of its own, which really shuts down.
//!
//! | Type | Is | Implements |
//! |---|---|---|
//! | [`Smol`] | a cloneable handle, `Send + Sync` | `Spawn`, `SpawnBlocking`, `Timer` |
//! | [`SmolRuntime`] | the owner of an executor and its threads | `Entry` |
//! | [`SmolLocal`] | a cloneable handle that stays on its thread | `SpawnLocal` |
//! | [`SmolLocalRuntime`] | the owner of an executor without threads | `Entry` |
//! | `GlobalSmol` | the executor of `smol::spawn` (feature `global`) | all but `SpawnLocal` |
//!
//! Owner and handle are two types, because a nursery keeps a clone of the handle in each child: a handle that owned the
//! executor would be kept alive by the very tasks that the executor has to drop at its end.
//!
//! Dropping an owner drops all pending tasks; after that its handles refuse. Timers and the pool for blocking work belong
//! to the process (`async-io`, `blocking`) and go on.
//!
//! # Beside code that has not been ported
//!
//! | there is | here it becomes | the other way round |
//! |---|---|---|
//! | a `Task`, which cancels when it is dropped, and waits for nobody | what a child awaits: [`own`] | a `Child` is a future: await it in any task |
//! | `smol::spawn` and its executor | the runtime of a nursery: `GlobalSmol` (feature `global`) | |
//!
//! A plain task sees no request and inherits no deadline; if it is owned, it ends before its owner, and is dropped at whichever await
//! it stands when its owner is asked to end.
#![forbid(unsafe_code)]

mod bridge;
#[cfg(feature = "global")]
mod global;
mod local;
mod runtime;
mod sleep;

#[cfg(feature = "global")]
pub use crate::global::GlobalSmol;
pub use crate::local::{SmolLocal, SmolLocalRuntime};
pub use crate::runtime::{Smol, SmolRuntime};
pub use crate::{bridge::SmolTask, bridge::own, sleep::Sleep};
