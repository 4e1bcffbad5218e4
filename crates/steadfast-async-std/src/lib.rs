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
#![forbid(unsafe_code)]

#[cfg(feature = "local")]
mod local;
mod runtime;
mod sleep;

#[cfg(feature = "local")]
pub use crate::local::AsyncStdLocal;
pub use crate::runtime::AsyncStd;
pub use crate::sleep::Sleep;
