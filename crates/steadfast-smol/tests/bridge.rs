//! A plain task whose executor is dropped. What holds of plain tasks on every runtime is tested through the facade.

use std::future::pending;

use steadfast_core::Entry;
use steadfast_smol::{SmolRuntime, own};

#[test]
fn a_task_whose_executor_is_dropped_is_lost() {
    let executor = async_executor::Executor::new();
    let task = executor.spawn(pending::<()>());
    drop(executor);
    let runtime = SmolRuntime::with_threads(1).unwrap();
    assert!(runtime.block_on(own(task)).unwrap_err().is_lost());
}
