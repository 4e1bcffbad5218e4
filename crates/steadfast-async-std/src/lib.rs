//! The async-std backend of steadfast, for programs that have not moved yet.
//!
//! **async-std is discontinued** (RUSTSEC-2025-0052): it gets no fixes, and `cargo audit` reports it. This crate is
//! maintained and tested, and gets nothing new. Use `steadfast-smol`: it is the same engine, and it shuts down.
//!
//! | Type | Is | Implements |
//! |---|---|---|
//! | [`AsyncStd`] | the one executor of the process | `Spawn`, `SpawnBlocking`, `Timer`, `Entry` |
//! | `AsyncStdLocal` | the executor of one thread (feature `local`) | `SpawnLocal`, `Entry` |
//!
//! The executor **never shuts down**: tasks that are pending when `main` returns are not dropped.
//!
//! # Beside code that has not been ported
//!
//! A nursery runs in a plain task of async-std. A `JoinHandle`, which detaches its task when it is dropped, becomes what a child awaits:
//! [`own`]. The other way round, a `Child` is a future: await it in any task. A plain task sees no request and inherits no deadline; if
//! it is owned, it ends before its owner, and is dropped at whichever await it stands when its owner is asked to end.
#![forbid(unsafe_code)]

mod bridge;
#[cfg(feature = "local")]
mod local;
mod runtime;
mod sleep;

pub use crate::bridge::{AsyncStdTask, own};
#[cfg(feature = "local")]
pub use crate::local::AsyncStdLocal;
pub use crate::runtime::AsyncStd;
pub use crate::sleep::Sleep;
