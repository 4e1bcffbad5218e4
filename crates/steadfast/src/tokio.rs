//! Running on tokio: the types of the backend `steadfast-tokio`.
//!
//! [`TokioRuntime`] owns a runtime, for [`block_on`](crate::block_on); [`Tokio`] is a handle to one, for
//! [`Builder::runtime`](crate::Builder::runtime). A program that owns its tokio runtime already needs neither: in a plain
//! tokio task, a nursery finds the current runtime.
//!
//! # Beside code that has not been ported
//!
//! [`own`] and [`own_set`] make children of what plain code has spawned: a `JoinHandle`, a `JoinSet`. [`inherit`] binds a task-local of
//! tokio in a child. With the feature `tokio-util`, `cancelled_by` makes a request of a `CancellationToken`, and `with_token` makes a
//! `CancellationToken` of a request. None of them spawns anything. The other way round, a [`Child`](crate::Child) is a future that any
//! task may await, and [`TaskLocals`](crate::TaskLocals) go over to plain tasks.

#[cfg(feature = "tokio-util")]
pub use steadfast_tokio::{CancelledBy, WithToken, cancelled_by, with_token};
pub use steadfast_tokio::{NoRuntime, Tokio, TokioLocal, TokioLocalRuntime, TokioRuntime};
pub use steadfast_tokio::{TokioTask, inherit, own, own_set};
