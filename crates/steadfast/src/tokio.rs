//! Running on tokio: the types of the backend `steadfast-tokio`.
//!
//! [`TokioRuntime`] owns a runtime, for [`block_on`](crate::block_on); [`Tokio`] is a handle to one, for
//! [`Builder::runtime`](crate::Builder::runtime). A program that owns its tokio runtime already needs neither: in a plain
//! tokio task, a nursery finds the current runtime.

pub use steadfast_tokio::{NoRuntime, Tokio, TokioLocal, TokioLocalRuntime, TokioRuntime};
