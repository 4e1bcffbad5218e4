//! `#[steadfast::test]` and `#[steadfast::main]`, used for real.
#![cfg(all(feature = "tokio", feature = "smol"))]

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use steadfast::{cancelled, nursery, sleep};

#[steadfast::test]
async fn on_each_runtime() {
    nursery(async |n| {
        n.spawn(async {});
    })
    .await;
}

#[steadfast::test(tokio, current_thread)]
async fn on_tokio_alone() {
    let here = std::thread::current().id();
    let child = nursery(async |n| n.spawn_with_handle(async { std::thread::current().id() })).await;
    assert_eq!(child.await.unwrap(), here);
}

#[steadfast::test(smol, tokio, threads = 1, workers = 1)]
async fn on_two_by_name() {}

#[steadfast::test]
async fn an_ok_passes() -> Result<(), std::num::ParseIntError> {
    assert_eq!("7".parse::<u8>()?, 7);
    Ok(())
}

/// Documentation stays on the function, and lints work.
#[steadfast::test]
#[should_panic(expected = "as it should")]
#[expect(
    unused_variables,
    reason = "this fails unless the attribute reaches the body"
)]
async fn a_panic_is_expected() {
    nursery(async |n| {
        n.spawn(async { panic!("as it should") });
    })
    .await;
    let unused = "the panic goes on from the nursery";
}

#[steadfast::test]
#[cfg(any())]
async fn one_that_is_configured_away() {
    this_does_not_exist();
}

#[steadfast::test(tokio)]
#[cfg_attr(all(), ignore = "it would fail")]
async fn one_that_is_ignored_by_configuration() {
    panic!("this test is ignored");
}

/// The root adopts a child that obeys nobody. Without a grace period it would wait for it for ever.
#[steadfast::test(grace_ms = 1)]
#[should_panic(expected = "the request to the root")]
async fn grace_ends_what_does_not_obey() {
    let mut dropped = Box::pin(nursery(async |n| {
        n.spawn(std::future::pending::<()>());
        std::future::pending::<()>().await;
    }));
    assert!(futures_util::poll!(&mut dropped).is_pending());
    drop(dropped);
    panic!("the request to the root");
}

/// A macro hands visibility, attribute, output and body on as one token each.
macro_rules! generated {
    ($attribute:meta, $visibility:vis $name:ident $output:ty, $body:block) => {
        #[steadfast::test]
        #[$attribute]
        $visibility async fn $name() -> $output $body
    };
}

generated!(allow(unused), pub(crate) through_a_macro Result<(), String>, { Ok(()) });
generated!(ignore = "it would fail", an_ignored_one Result<(), &'static str>, { Err("it is ignored") });

#[test]
fn each_runtime_has_a_test_with_its_name() {
    let own = std::env::current_exe().expect("a path to this program");
    let listed = Command::new(own).arg("--list").output().expect("it runs");
    let listed = String::from_utf8(listed.stdout).expect("text");
    let names_of = |function: &str| {
        let mut names: Vec<_> = listed
            .lines()
            .filter_map(|line| line.strip_prefix(function)?.strip_suffix(": test"))
            .collect();
        names.sort_unstable();
        names.concat()
    };
    let mut all = vec!["::smol", "::tokio"];
    if cfg!(feature = "smol-global") {
        all.push("::smol_global");
    }
    if cfg!(feature = "async-std") {
        all.push("::async_std");
    }
    all.sort_unstable();
    assert_eq!(names_of("on_each_runtime"), all.concat());
    assert_eq!(names_of("an_ignored_one"), all.concat());
    assert_eq!(names_of("on_tokio_alone"), "::tokio");
    assert_eq!(names_of("on_two_by_name"), "::smol::tokio");
    assert_eq!(names_of("one_that_is_configured_away"), "");
}

mod programs {
    use std::process::ExitCode;

    pub(super) mod fails {
        #[steadfast::main(smol, threads = 1)]
        pub(crate) async fn main() -> Result<(), &'static str> {
            let outcome = steadfast::try_nursery(async |n| {
                n.spawn(async { Err("no") });
                Ok(())
            });
            outcome
                .await
                .map_err(|error| error.into_primary().into_error().unwrap_or("?"))
        }
    }

    pub(super) mod has_a_code {
        use super::ExitCode;

        #[steadfast::main(tokio, workers = 1, grace_ms = 5_000)]
        pub(crate) async fn main() -> ExitCode {
            ExitCode::SUCCESS
        }
    }

    pub(super) mod waits_for_everybody {
        use super::super::*;

        pub(crate) static FINISHED: AtomicUsize = AtomicUsize::new(0);

        #[steadfast::main(tokio, current_thread)]
        pub(crate) async fn main() {
            let mut dropped = Box::pin(nursery(async |n| {
                n.spawn(async {
                    cancelled().await;
                    sleep(Duration::from_millis(1)).await;
                    FINISHED.fetch_add(1, Ordering::Relaxed);
                });
                std::future::pending::<()>().await;
            }));
            assert!(futures_util::poll!(&mut dropped).is_pending());
        }
    }
}

#[test]
fn main_returns_what_a_main_may_return() {
    assert_eq!(programs::fails::main(), Err("no"));
    let code = programs::has_a_code::main();
    assert_eq!(
        format!("{code:?}"),
        format!("{:?}", std::process::ExitCode::SUCCESS)
    );
}

#[test]
fn main_returns_after_the_children_of_a_dropped_nursery() {
    programs::waits_for_everybody::main();
    assert_eq!(
        programs::waits_for_everybody::FINISHED.load(Ordering::Relaxed),
        1
    );
}
