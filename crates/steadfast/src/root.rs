//! Entering a runtime.

use std::future::Future;

use steadfast_core::{Entry, Runtime};

use crate::Nursery;

/// Owns a runtime: can be entered from synchronous code, and gives out handles on which children are spawned.
///
/// Implemented for the owners of the runtimes whose features are enabled. Libraries never need it.
pub trait Owner: Entry {
    /// What children are spawned through.
    type Handle: Runtime;

    /// A handle to this runtime.
    fn handle(&self) -> Self::Handle;
}

macro_rules! owners {
    ($($(#[$attribute:meta])* $owner:ty => $handle:ty,)*) => {$(
        $(#[$attribute])*
        impl Owner for $owner {
            type Handle = $handle;

            fn handle(&self) -> $handle {
                <$owner>::handle(self)
            }
        }
    )*};
}

owners! {
    #[cfg(feature = "tokio")]
    steadfast_tokio::TokioRuntime => steadfast_tokio::Tokio,
    #[cfg(feature = "tokio")]
    steadfast_tokio::TokioLocalRuntime => steadfast_tokio::Tokio,
    #[cfg(feature = "smol")]
    steadfast_smol::SmolRuntime => steadfast_smol::Smol,
    #[cfg(feature = "smol-global")]
    steadfast_smol::GlobalSmol => steadfast_smol::GlobalSmol,
    #[cfg(feature = "async-std")]
    steadfast_async_std::AsyncStd => steadfast_async_std::AsyncStd,
    #[cfg(feature = "sim")]
    steadfast_sim::Sim => steadfast_sim::SimHandle,
}

/// Blocks this thread, runs `main` on the runtime that `owner` owns, and makes it the **root**.
///
/// Everything below finds the runtime by itself. The root adopts what is dropped anywhere below it, runs the clean-ups of
/// guards that are dropped outside of any steadfast task, and returns when all of that is done.
///
/// With settings, such as a grace period for what does not obey:
/// `Nursery::builder().grace(d).runtime(&owner.handle()).block_on(&owner, main)`.
///
/// # Panics
///
/// With the panic of `main` or of an adopted child, once everybody has finished; and where the runtime refuses to be entered,
/// such as tokio inside tokio.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "smol")] {
/// let runtime = steadfast::smol::SmolRuntime::with_threads(2).expect("the system has two threads");
/// let answer = steadfast::block_on(&runtime, async {
///     let child = steadfast::nursery(async |n| n.spawn_with_handle(async { 42 })).await;
///     child.await.expect("the child has finished with a value")
/// });
/// assert_eq!(answer, 42);
/// # }
/// ```
#[track_caller]
pub fn block_on<O: Owner, F: Future>(owner: &O, main: F) -> F::Output {
    Nursery::builder()
        .runtime(&owner.handle())
        .block_on(owner, main)
}
