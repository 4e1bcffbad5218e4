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
#![forbid(unsafe_code)]

#[cfg(feature = "global")]
mod global;
mod local;
mod runtime;
mod sleep;

#[cfg(feature = "global")]
pub use crate::global::GlobalSmol;
pub use crate::local::{SmolLocal, SmolLocalRuntime};
pub use crate::runtime::{Smol, SmolRuntime};
pub use crate::sleep::Sleep;
