//! Running on smol: the types of the backend `steadfast-smol`.
//!
//! With the feature `smol`, `SmolRuntime` owns an executor and its threads, for [`block_on`](crate::block_on), and `Smol` is a
//! handle to one, for [`Builder::runtime`](crate::Builder::runtime). With the feature `smol-global`, `GlobalSmol` is the executor
//! behind `smol::spawn`, which never shuts down.
//!
//! [`own`] makes a child of a `Task` that code which has not been ported has spawned.

#[cfg(feature = "smol-global")]
pub use steadfast_smol::GlobalSmol;
pub use steadfast_smol::{Sleep, SmolTask, own};
#[cfg(feature = "smol")]
pub use steadfast_smol::{Smol, SmolLocal, SmolLocalRuntime, SmolRuntime};
