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
//!
//! A worker of tokio keeps the task that was woken last on its thread for itself, and no other worker takes it from there. So whoever
//! blocks a thread of tokio can hold up a task beside its own: that of another child, or one that children share
//! (`spawn_all`, `map_concurrent`). Work that blocks belongs into `spawn_blocking`.
//!
//! # Beside code that has not been ported
//!
//! Nothing has to be ported at once. A nursery runs in a plain task, and what plain code has spawned can be owned by a child:
//!
//! | there is | here it becomes | the other way round |
//! |---|---|---|
//! | a `JoinHandle` | what a child awaits: [`own`] | a `Child` is a future: await it in any task |
//! | a `JoinSet` | the same, as a whole: [`own_set`] | `set.spawn(child)`, with the handle of a child |
//! | a `CancellationToken` | a request to a scope: `cancelled_by` (feature `tokio-util`) | a request cancels it: `with_token` |
//! | a `Handle` | a runtime: `Tokio::from(handle)` | [`Tokio::as_handle`] |
//! | a value of `task_local!` | bound in a child, too: [`inherit`] | `TaskLocals::current().scope(..)` in a plain task |
//! | `tokio::select!` | beside `merge!`, in the same function: a nursery that it drops is adopted | |
//! | a span of `tracing` that is entered at a spawn | the parent of the child's own (feature `tracing` of the core) | `.in_current_span()` |
//!
//! The laws hold for the part that is ported. A plain task sees no request and inherits no deadline; if it is owned, it ends before
//! its owner, and is dropped at whichever await it stands when its owner is asked to end.
#![forbid(unsafe_code)]

mod bridge;
mod local;
mod runtime;

#[cfg(feature = "tokio-util")]
pub use crate::bridge::{CancelledBy, WithToken, cancelled_by, with_token};
pub use crate::bridge::{TokioTask, inherit, own, own_set};
pub use crate::local::{TokioLocal, TokioLocalRuntime};
pub use crate::runtime::{NoRuntime, Tokio, TokioRuntime};
