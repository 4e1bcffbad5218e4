use std::env;
use std::future::pending;
use std::time::Duration;

use steadfast_core::Builder;

use super::{
    CHILD, KEPT, Plan, end_child, last_bytes, limit_of_child, matches, run, run_child, side_by_side,
};
use crate::interrupted::Dropped;
use crate::probe::{Gate, Tally};
use crate::reference::{Pool, PoolHandle, Reference};
use crate::report::{Finding, Outcome};
use crate::simulated::{Fifo, Simulated};
use crate::suite::{Case, Info, Level};
use crate::{Fixture, Profile, Subject, watchdog};

#[test]
fn glob_matches_whole_ids() {
    assert!(matches("*", "backend/no-inline-poll"));
    assert!(matches("backend/*", "backend/no-inline-poll"));
    assert!(matches("*inline*", "backend/no-inline-poll"));
    assert!(matches("backend/no-inline-p?ll", "backend/no-inline-poll"));
    assert!(!matches("backend", "backend/no-inline-poll"));
    assert!(!matches("inline*", "backend/no-inline-poll"));
}

#[test]
fn any_of_the_globs_is_enough() {
    let wants = |globs| Plan::new().cases(globs).wants("backend/no-inline-poll");
    assert!(wants("kit/*, backend/no-*"));
    assert!(wants("backend/*"));
    assert!(!wants("kit/*,system/*"));
    assert!(!wants(""));
}

#[test]
fn cases_that_run_side_by_side_are_told_in_their_order() {
    let ids = ["a", "b", "c", "d", "e"];
    // The first one ends last.
    let others = Tally::new();
    let findings = side_by_side(2, &ids, |id| {
        if *id == "a" {
            others.reached_blocking(4);
        } else {
            others.add();
        }
        Finding {
            info: Info { id, ..info() },
            outcome: Outcome::Passed,
        }
    });
    let told: Vec<_> = findings.iter().map(|finding| finding.info.id).collect();
    assert_eq!(told, ids);
}

fn info() -> Info {
    Info {
        id: "test/case",
        promise: "",
        level: Level::Must,
        needs: &[],
        laws: &[],
        isolated: false,
    }
}

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(500);

fn verdict<S: Subject>(limit: Duration, body: fn(&Fixture<S::Runtime>)) -> Result<(), String> {
    let info = info();
    watchdog::run::<S>(&Case { info, body }, limit)
}

#[test]
fn case_that_returns_passes() {
    assert_eq!(verdict::<Reference>(LONG, |_| {}), Ok(()));
}

#[test]
fn case_that_hangs_is_reported_as_a_hang() {
    let hung = verdict::<Reference>(SHORT, |_| Gate::new().wait_blocking());
    let hung = hung.expect_err("it never ends");
    assert!(
        hung.starts_with("hung: the case did not end within 0.5 s, "),
        "{hung}"
    );
}

#[test]
fn case_that_hangs_is_reported_with_those_it_waits_for() {
    let hung = verdict::<Reference>(SHORT, |fx| {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.named("the one that never ends").spawn(pending::<()>());
        }));
    });
    let hung = hung.expect_err("it never ends");
    assert!(hung.contains("with this tree:"), "{hung}");
    assert!(hung.contains("the one that never ends"), "{hung}");
}

#[test]
fn case_that_panics_is_reported_with_its_words() {
    let panicked = verdict::<Reference>(LONG, |_| panic!("a panic that the test asked for"));
    assert_eq!(panicked, Err("a panic that the test asked for".to_owned()));
}

#[test]
fn fault_inside_a_task_fails_a_case_that_returned() {
    let faulty = verdict::<Reference>(LONG, |fx| {
        let faults = fx.faults();
        let _unfinished = faults.steps(2);
        fx.block_on(async move { faults.report("noticed") });
    });
    assert_eq!(
        faulty,
        Err("noticed; only 0 of 2 steps were reached".to_owned())
    );
}

#[test]
fn case_that_cannot_be_broken_off_is_skipped() {
    let plan = Plan::new().cases("system/drop-that-never-comes");
    let whole = run::<Simulated<Fifo>>(&plan);
    assert_eq!((whole.passed(), whole.skipped()), (1, 0));
    let broken = run::<Dropped<Simulated<Fifo>>>(&plan);
    assert_eq!((broken.passed(), broken.skipped()), (0, 1));
}

/// Its runtimes cannot be taken down.
struct Stuck;

impl Subject for Stuck {
    type Runtime = PoolHandle;
    const NAME: &'static str = "stuck";

    fn profile() -> Profile {
        Profile::new()
    }

    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
        let pool = Pool::new(1);
        let result = f(&Fixture::new(pool.handle(), pool));
        Gate::new().wait_blocking();
        result
    }
}

#[test]
fn runtime_that_cannot_be_taken_down_is_reported_as_a_hang() {
    let hung = verdict::<Stuck>(SHORT, |_| {});
    let hung = hung.expect_err("it never ends");
    let text = "hung: taking the runtime down after the case did not end within 0.5 s, ";
    assert!(hung.starts_with(text), "{hung}");
}

#[test]
fn failure_is_reported_although_the_runtime_cannot_be_taken_down() {
    assert_eq!(
        verdict::<Stuck>(LONG, |_| panic!("first")),
        Err("first".to_owned())
    );
}

/// Runs a test of this file as a child process, which tells a child from an ordinary run by the environment.
fn child(name: &str, limit: Duration) -> Result<(), String> {
    let path = format!("runner::tests::{name}");
    let arguments = ["--exact", &path, "--nocapture"].map(str::to_owned);
    run_child(&arguments, limit, 1)
}

fn in_child() -> bool {
    env::var_os(CHILD).is_some()
}

#[test]
fn child_that_passes() {
    if in_child() {
        end_child(Ok(()));
    }
    assert_eq!(child("child_that_passes", LONG), Ok(()));
}

#[test]
fn child_that_fails() {
    if in_child() {
        end_child(Err("its words".to_owned()));
    }
    assert_eq!(child("child_that_fails", LONG), Err("its words".to_owned()));
}

#[test]
fn child_that_aborts() {
    if in_child() {
        std::process::abort();
    }
    let text = child("child_that_aborts", LONG).unwrap_err();
    assert!(text.starts_with("its process ended with"), "{text}");
}

#[test]
fn child_that_never_reaches_its_case_fails() {
    let text = child("there_is_no_such_test", LONG).unwrap_err();
    assert!(text.starts_with("its process ended with"), "{text}");
}

#[test]
fn child_has_the_limit_of_whoever_started_it() {
    if let Ok(given) = env::var(CHILD) {
        let limit = limit_of_child(&given, SHORT);
        end_child(if limit == LONG { Ok(()) } else { Err(given) });
    }
    assert_eq!(
        child("child_has_the_limit_of_whoever_started_it", LONG),
        Ok(())
    );
}

#[test]
fn of_what_a_child_says_the_end_is_kept() {
    let mut said = vec![b'x'; 3 * KEPT];
    said.extend_from_slice(b"failed: why");
    let kept = last_bytes(&mut said.as_slice());
    assert!(kept.len() == KEPT && kept.ends_with(b"xfailed: why"));
    assert_eq!(last_bytes(&mut &b"short"[..]), b"short");
}
