//! The macros of steadfast. Use them through the facade: `#[steadfast::main]` and `#[steadfast::test]`, `steadfast::merge!`,
//! `steadfast::for_await!`, `steadfast::flow!` and `steadfast::try_flow!`.
//!
//! A macro cannot see which features its user has enabled. So it decides nothing that depends on them: what it expands to
//! calls hidden `macro_rules` of the facade, and those are defined once for each feature.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

mod error;
mod expand;
mod function;
mod generator;
mod loops;
mod options;
mod template;
mod tokens;

/// Runs an `async fn main` on a runtime, as the **root**: it returns when everything below it has finished.
///
/// ```
/// #[steadfast::main(tokio, workers = 2, grace_ms = 500)]
/// async fn main() -> Result<(), std::num::ParseIntError> {
///     let answer: u32 = steadfast::nursery(async |_| "42".parse()).await?;
///     assert_eq!(answer, 42);
///     Ok(())
/// }
/// ```
///
/// | option | means |
/// |---|---|
/// | `tokio`, `smol`, `smol_global`, `async_std` | the runtime; its feature must be enabled |
/// | `workers = N` | tokio with this many worker threads, instead of its default |
/// | `current_thread` | tokio on the main thread alone |
/// | `threads = N` | smol with this many threads, instead of as many as the machine runs at once |
/// | `grace_ms = N` | what has not ended so many milliseconds after a request is aborted; without it, never |
///
/// A program names its runtime. `#[steadfast::main]` alone is accepted as long as exactly one runtime feature is enabled;
/// since any crate of the build may enable another, naming it is better.
///
/// The function returns what any `main` may return. Attributes stay on it.
///
/// # Errors
///
/// At compile time, with the enabled features and the fix in the text: no runtime is enabled, several are and none is named,
/// the named one is not. And if the function is not a plain `async fn` without parameters.
///
/// # Panics
///
/// The program ends with a panic if the system has no threads or no event queue for the runtime.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::main(options, item)
}

/// Makes an `async fn` a test that runs **once on each enabled runtime**, each time as a test of its own.
///
/// ```
/// #[steadfast::test]
/// async fn children_finish() {
///     let child = steadfast::nursery(async |n| n.spawn_with_handle(async { 1 })).await;
///     assert_eq!(child.await.unwrap(), 1);
/// }
/// ```
///
/// With the features `tokio` and `smol` this is two tests, `children_finish::tokio` and `children_finish::smol`. Each has a fresh
/// runtime and a root: it ends when everything below it has finished. `#[steadfast::test(tokio)]` limits it to the runtimes that
/// it names.
///
/// | option | means |
/// |---|---|
/// | `tokio`, `smol`, `smol_global`, `async_std` | only on this runtime, or these; their features must be enabled |
/// | `sim` | on the simulator, see below; with the feature `sim` |
/// | `workers = N` | tokio with this many worker threads, instead of 2; the simulator, instead of 1 |
/// | `current_thread` | tokio on the test's thread alone |
/// | `threads = N` | smol with this many threads, instead of 2 |
/// | `grace_ms = N` | what has not ended so many milliseconds after a request is aborted; without it, never |
///
/// The function may return what any test may return. The attributes `ignore`, `should_panic` and `cfg_attr` go to each of the
/// tests, `cfg` to all of it, others to the function.
///
/// # On the simulator
///
/// `#[steadfast::test(sim)]` runs the body **once for each of a number of seeds**, each time on a fresh simulator: tasks run in the
/// order of the seed, and time is virtual, so that it costs none. Alone or beside other runtimes; `#[steadfast::test]` without a
/// name does not choose it, because a test that reads a socket or the real time is not for it.
///
/// | option | means |
/// |---|---|
/// | `seeds = N` | seeds 0 to N - 1, instead of 0 to 7 |
/// | `policy = "..."` | the order of polls: `"random"`, `"fifo"`, `"lifo"` or `"last-woken-first"` |
/// | `workers = N` | polls happen on this many threads, one at a time |
///
/// Each run is a trial of the test kit: it fails if a task, a child or a clean-up is left, or something was lost. A failure names
/// the seed, with the command that runs that seed alone (`STEADFAST_SEED=7 cargo test ..`). A deadlock is a failure, too, and shows
/// the live tree. With `should_panic`, the first seed that panics ends the test.
///
/// # Errors
///
/// At compile time, as for [`macro@main`].
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::test(options, item)
}

/// What `steadfast::merge!` expands to; its first token is the path of the core.
#[doc(hidden)]
#[proc_macro]
pub fn __merge(tokens: TokenStream) -> TokenStream {
    loops::merge(tokens)
}

/// What `steadfast::for_await!` expands to.
#[doc(hidden)]
#[proc_macro]
pub fn __for_await(tokens: TokenStream) -> TokenStream {
    loops::for_await(tokens)
}

/// What `steadfast::flow!` expands to.
#[doc(hidden)]
#[proc_macro]
pub fn __flow(tokens: TokenStream) -> TokenStream {
    generator::flow(tokens)
}

/// What `steadfast::try_flow!` expands to.
#[doc(hidden)]
#[proc_macro]
pub fn __try_flow(tokens: TokenStream) -> TokenStream {
    generator::try_flow(tokens)
}
