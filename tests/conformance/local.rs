//! Local executors: one line for each.

use steadfast_async_std::AsyncStdLocal;
use steadfast_conformance::local_conformance_tests;
use steadfast_smol::{SmolLocal, SmolLocalRuntime};
use steadfast_tokio::{TokioLocal, TokioLocalRuntime};

local_conformance_tests!(tokio_local: tokio_local_runtime);
local_conformance_tests!(smol_local: smol_local_runtime);
local_conformance_tests!(async_std_local: async_std_local_runtime);

fn tokio_local_runtime() -> (TokioLocal, TokioLocalRuntime) {
    let runtime = TokioLocalRuntime::new().expect("a local tokio runtime");
    (runtime.local(), runtime)
}

fn smol_local_runtime() -> (SmolLocal, SmolLocalRuntime) {
    let runtime = SmolLocalRuntime::new().expect("a local smol executor");
    (runtime.local(), runtime)
}

fn async_std_local_runtime() -> (AsyncStdLocal, AsyncStdLocal) {
    let runtime = AsyncStdLocal::new().expect("async-std's local executor");
    (runtime.local(), runtime)
}
