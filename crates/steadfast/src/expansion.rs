//! What `#[steadfast::main]` and `#[steadfast::test]` expand to.
//!
//! The attributes cannot see which features are enabled; these `macro_rules` can, because each is defined once for each
//! case. Nothing here is for users.

use std::future::Future;
#[cfg(feature = "sim")]
use std::process::{ExitCode, Termination};
use std::time::Duration;

#[cfg(feature = "sim")]
use steadfast_sim::{
    Policy,
    kit::{Trial, Trials},
};
#[cfg(feature = "smol")]
use steadfast_smol::SmolRuntime;
#[cfg(feature = "tokio")]
use steadfast_tokio::TokioRuntime;

use crate::{Nursery, Owner};

/// Runs `main` as the root on `owner`, then ends the runtime.
pub fn run<O: Owner, F: Future>(
    owner: O,
    grace_ms: Option<u64>,
    name: &'static str,
    main: F,
) -> F::Output {
    let mut root = Nursery::builder().name(name).runtime(&owner.handle());
    if let Some(grace_ms) = grace_ms {
        root = root.grace(Duration::from_millis(grace_ms));
    }
    root.block_on(&owner, main)
}

/// Runs `test` once for each seed, each time as the root on a fresh simulator.
#[cfg(feature = "sim")]
pub fn run_on_sim<F: Future<Output: Termination>>(
    seeds: Option<u64>,
    policy: Policy,
    workers: Option<usize>,
    grace_ms: Option<u64>,
    name: &'static str,
    test: impl Fn() -> F,
) {
    let mut trials = Trials::new().name(name).policy(policy);
    if let Some(seeds) = seeds {
        trials = trials.seeds(seeds);
    }
    if let Some(workers) = workers {
        trials = trials.workers(workers);
    }
    if let Some(grace_ms) = grace_ms {
        trials = trials.grace(Duration::from_millis(grace_ms));
    }
    let scenario = async |trial: Trial| {
        let code = test().await.report();
        // It has no other face on the oldest toolchain that is supported.
        let failed = format!("{code:?}") != format!("{:?}", ExitCode::SUCCESS);
        trial.faults().expect(
            !failed,
            "the test returned a failure, which is printed above",
        );
    };
    trials.run(scenario, |_| {});
}

/// A multi-thread tokio runtime.
#[cfg(feature = "tokio")]
pub fn tokio(workers: Option<usize>) -> TokioRuntime {
    built(workers.map_or_else(TokioRuntime::new, TokioRuntime::multi_thread))
}

/// A tokio runtime on the calling thread.
#[cfg(feature = "tokio")]
pub fn tokio_current_thread() -> TokioRuntime {
    built(TokioRuntime::current_thread())
}

/// An executor of smol's parts.
#[cfg(feature = "smol")]
pub fn smol(threads: Option<usize>) -> SmolRuntime {
    built(threads.map_or_else(SmolRuntime::new, SmolRuntime::with_threads))
}

/// The executor behind `smol::spawn`.
#[cfg(feature = "smol-global")]
pub fn smol_global() -> steadfast_smol::GlobalSmol {
    steadfast_smol::GlobalSmol
}

/// async-std's executor.
#[cfg(feature = "async-std")]
pub fn async_std() -> steadfast_async_std::AsyncStd {
    steadfast_async_std::AsyncStd
}

#[cfg(any(feature = "tokio", feature = "smol"))]
fn built<O>(owner: std::io::Result<O>) -> O {
    match owner {
        Ok(owner) => owner,
        Err(error) => panic!("steadfast: the runtime could not be started: {error}"),
    }
}

/// `if_tokio! { { enabled } { not enabled } }`
#[cfg(feature = "tokio")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_tokio {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($yes)* };
}
#[cfg(not(feature = "tokio"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_tokio {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($no)* };
}
#[cfg(feature = "smol")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_smol {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($yes)* };
}
#[cfg(not(feature = "smol"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_smol {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($no)* };
}
#[cfg(feature = "smol-global")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_smol_global {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($yes)* };
}
#[cfg(not(feature = "smol-global"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_smol_global {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($no)* };
}
#[cfg(feature = "async-std")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_async_std {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($yes)* };
}
#[cfg(not(feature = "async-std"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_async_std {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($no)* };
}

#[cfg(feature = "sim")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_sim {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($yes)* };
}
#[cfg(not(feature = "sim"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_sim {
    ({ $($yes:tt)* } { $($no:tt)* }) => { $($no)* };
}

/// Refuses to compile a test that would run nowhere.
#[cfg(not(any(
    feature = "tokio",
    feature = "smol",
    feature = "smol-global",
    feature = "async-std"
)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __some_runtime {
    () => {
        ::core::compile_error!(
            "`#[steadfast::test]` runs once on each enabled runtime, and no runtime feature of `steadfast` is enabled: \
             enable `tokio` or `smol` in the dev-dependencies"
        );
    };
}
#[cfg(any(
    feature = "tokio",
    feature = "smol",
    feature = "smol-global",
    feature = "async-std"
))]
#[doc(hidden)]
#[macro_export]
macro_rules! __some_runtime {
    () => {};
}

/// `run` on the one runtime that is enabled.
#[cfg(all(
    feature = "tokio",
    not(any(feature = "smol", feature = "smol-global", feature = "async-std"))
))]
#[doc(hidden)]
#[macro_export]
macro_rules! __run_on_the_one {
    ($($run:tt)*) => {
        $crate::__private::run($crate::__private::tokio(::core::option::Option::None), $($run)*)
    };
}
#[cfg(all(
    feature = "smol",
    not(any(feature = "tokio", feature = "smol-global", feature = "async-std"))
))]
#[doc(hidden)]
#[macro_export]
macro_rules! __run_on_the_one {
    ($($run:tt)*) => {
        $crate::__private::run($crate::__private::smol(::core::option::Option::None), $($run)*)
    };
}
#[cfg(all(
    feature = "smol-global",
    not(any(feature = "tokio", feature = "smol", feature = "async-std"))
))]
#[doc(hidden)]
#[macro_export]
macro_rules! __run_on_the_one {
    ($($run:tt)*) => {
        $crate::__private::run($crate::__private::smol_global(), $($run)*)
    };
}
#[cfg(all(
    feature = "async-std",
    not(any(feature = "tokio", feature = "smol", feature = "smol-global"))
))]
#[doc(hidden)]
#[macro_export]
macro_rules! __run_on_the_one {
    ($($run:tt)*) => {
        $crate::__private::run($crate::__private::async_std(), $($run)*)
    };
}
#[cfg(not(any(
    feature = "tokio",
    feature = "smol",
    feature = "smol-global",
    feature = "async-std"
)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __run_on_the_one {
    ($($run:tt)*) => {
        ::core::compile_error!(
            "`#[steadfast::main]` needs a runtime, and no runtime feature of `steadfast` is enabled: enable `tokio` or `smol`, \
             as in `steadfast = { version = \"..\", features = [\"tokio\"] }`"
        )
    };
}
#[cfg(all(
    any(
        feature = "tokio",
        feature = "smol",
        feature = "smol-global",
        feature = "async-std"
    ),
    not(all(
        feature = "tokio",
        not(any(feature = "smol", feature = "smol-global", feature = "async-std"))
    )),
    not(all(
        feature = "smol",
        not(any(feature = "tokio", feature = "smol-global", feature = "async-std"))
    )),
    not(all(
        feature = "smol-global",
        not(any(feature = "tokio", feature = "smol", feature = "async-std"))
    )),
    not(all(
        feature = "async-std",
        not(any(feature = "tokio", feature = "smol", feature = "smol-global"))
    )),
))]
#[doc(hidden)]
#[macro_export]
macro_rules! __run_on_the_one {
    ($($run:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`#[steadfast::main]` names no runtime, and several are enabled:",
            $crate::__if_tokio! { { " `tokio`" } { "" } },
            $crate::__if_smol! { { " `smol`" } { "" } },
            $crate::__if_smol_global! { { " `smol_global`" } { "" } },
            $crate::__if_async_std! { { " `async_std`" } { "" } },
            "; name one of them, as in `#[steadfast::main(",
            $crate::__if_tokio! { { "tokio" } { "smol" } },
            ")]`"
        ))
    };
}
