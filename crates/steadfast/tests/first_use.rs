//! In a plain tokio task, each function that looks a runtime up finds it, also when it is the first of the process.
//!
//! "The first" can be said of a process once, so that each function gets a process of its own.

use std::future::pending;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use steadfast::{CancelScope, Flow, FlowExt, FutureExt, assert_cancel_safe, cancelled, flow};

const SOON: Duration = Duration::from_millis(1);

/// Panics if the function does not find the runtime.
async fn first_use(function: &str) {
    match function {
        "nursery" => steadfast::nursery(async |_| ()).await,
        "try_nursery" => steadfast::try_nursery(async |_| Ok::<_, ()>(()))
            .await
            .unwrap(),
        "builder" => steadfast::Nursery::builder().run(async |_| ()).await,
        "current_runtime" => drop(steadfast::current_runtime().unwrap()),
        "AmbientRuntime" => drop(steadfast::AmbientRuntime::current().unwrap()),
        "sleep" => steadfast::sleep(SOON).await,
        "sleep_until" => steadfast::sleep_until(Instant::now()).await,
        "with_deadline" => drop(steadfast::with_deadline(SOON, cancelled()).await),
        "timeout" => drop(steadfast::timeout(SOON, assert_cancel_safe(pending::<()>())).await),
        "CancelScope" => drop(CancelScope::new().deadline(SOON).run(cancelled()).await),
        "throttle" => flow::iter(0..2).throttle(SOON).for_each(async |_| ()).await,
        "shielded" => drop(cancelled().shielded().deadline(SOON).await),
        other => panic!("there is no case `{other}`"),
    }
}

const CASES: [&str; 12] = [
    "nursery",
    "try_nursery",
    "builder",
    "current_runtime",
    "AmbientRuntime",
    "sleep",
    "sleep_until",
    "with_deadline",
    "timeout",
    "CancelScope",
    "shielded",
    "throttle",
];

fn main() -> ExitCode {
    // Arguments of the test harness, such as `--list`, are not for us.
    match std::env::var("STEADFAST_FIRST_USE") {
        Ok(function) => {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a tokio runtime")
                .block_on(first_use(&function));
            ExitCode::SUCCESS
        }
        Err(_) => run_all(),
    }
}

fn run_all() -> ExitCode {
    let own = std::env::current_exe().expect("a path to this program");
    let failed: Vec<_> = CASES
        .into_iter()
        .filter(|function| {
            let mut case = Command::new(&own);
            let status = case.env("STEADFAST_FIRST_USE", function).status();
            !status.is_ok_and(|status| status.success())
        })
        .collect();
    println!("first use: {} functions, failed: {failed:?}", CASES.len());
    match failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
