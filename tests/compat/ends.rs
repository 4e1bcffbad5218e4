//! What becomes of the tasks that still run when `main` ends. Each program is a process of its own: this test binary, started again.

use std::future::pending;
use std::process::Command;
use std::time::Duration;

use steadfast::FutureExt;
use tokio::AtEnd;

/// Says which program a process is to be.
const PROGRAM: &str = "STEADFAST_COMPAT_PROGRAM";

/// Where the programs spawn the task that outlives `main`.
const SPAWNED: u32 = line!() + 4;

fn spawn_one_that_is_still_at_work() {
    // It sees no request, and is done after a while.
    drop(tokio::spawn(async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        println!("the task is done");
    }));
}

/// Not a test of its own: the programs, each in its process.
#[test]
fn program() {
    #[tokio::main]
    async fn still_at_work() {
        spawn_one_that_is_still_at_work();
        println!("main is done");
    }

    #[tokio::main(flavor = "current_thread")]
    async fn obedient() {
        drop(tokio::spawn(async {
            let cancelled = pending::<()>().or_cancelled().await;
            println!("the task gave way: {}", cancelled.unwrap_err());
        }));
        tokio::task::yield_now().await;
    }

    #[tokio::main]
    async fn deaf() {
        drop(tokio::spawn(pending::<()>()));
    }

    match std::env::var(PROGRAM).as_deref() {
        Ok("still at work") => still_at_work(),
        Ok("obedient") => obedient(),
        Ok("deaf") => deaf(),
        _ => {}
    }
}

struct Output {
    out: String,
    err: String,
}

fn run(program: &str, at_end: Option<&str>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "ends::program",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(PROGRAM, program)
        .env_remove("STEADFAST_AT_END");
    if let Some(at_end) = at_end {
        command.env("STEADFAST_AT_END", at_end);
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    Output { out, err }
}

#[test]
fn by_default_what_still_runs_is_named() {
    let Output { out, err } = run("still at work", None);
    let here = format!("{}:{SPAWNED}", file!());
    assert!(err.contains("ended while this still ran"), "{err}");
    assert!(err.contains(&here), "{here} is not in\n{err}");
    assert!(out.contains("main is done"), "{out}");
    assert!(!out.contains("the task is done"), "{out}");
}

#[test]
fn it_is_waited_for() {
    let Output { out, err } = run("still at work", Some("wait"));
    assert!(out.contains("the task is done"), "{out}");
    assert!(!err.contains("still ran"), "{err}");
}

#[test]
fn it_is_asked_to_end_and_waited_for() {
    let Output { out, err } = run("obedient", Some("cancel"));
    assert!(
        out.contains("the task gave way: cancelled because all foreground work has finished"),
        "{out}"
    );
    assert!(!err.contains("still ran"), "{err}");
}

#[test]
fn who_does_not_obey_is_aborted_when_grace_is_over() {
    // It ends at all.
    let Output { err, .. } = run("deaf", Some("cancel=1"));
    assert!(!err.contains("still ran"), "{err}");
}

#[test]
fn a_setting_that_means_nothing_is_told() {
    let Output { err, .. } = run("deaf", Some("hope"));
    assert!(err.contains("STEADFAST_AT_END is \"hope\""), "{err}");
    assert!(err.contains("still ran"), "{err}");
}

#[test]
fn a_program_that_leaves_nothing_says_nothing() {
    let Output { err, .. } = run("none", None);
    assert!(!err.contains("steadfast"), "{err}");
}

#[test]
fn who_builds_the_runtime_sets_it_there() {
    let (tell, told) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .at_end(AtEnd::Wait)
        .build()
        .unwrap();
    runtime.block_on(async move {
        drop(tokio::spawn(async move {
            tokio::task::yield_now().await;
            tell.send("done")
        }));
    });
    drop(runtime);
    assert_eq!(told.try_recv(), Ok("done"));
}
