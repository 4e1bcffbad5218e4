//! The kill matrix of nurseries: a core that is broken on purpose is caught by the cases that it is listed with.
//!
//! A fault is planted in the whole process, so that the faults take turns, in one test of a target of its own.

use std::thread;
use std::time::Duration;

use steadfast_conformance::reference::Reference;
use steadfast_conformance::{Plan, Report, run};
use steadfast_core::faults::{Fault, plant};

/// Each fault, and the cases each of which must fail under it.
const MATRIX: &[(Fault, &[&str])] = &[];

/// A fault that shows by a hang costs this much; the unbroken core gets all the time it needs.
const LIMIT: Duration = Duration::from_secs(2);

#[test]
fn every_broken_nursery_is_caught_by_the_cases_that_it_is_listed_with() {
    let mut survivals = Vec::new();
    for (fault, killers) in MATRIX {
        for killer in *killers {
            let report = run::<Reference>(&Plan::new().cases(killer));
            assert_eq!(report.passed(), 1, "on the unbroken core: {report}");
        }
        plant(Some(*fault));
        let reports = all_at_once(killers);
        plant(None);
        for (killer, report) in killers.iter().zip(reports) {
            match report.failures().next() {
                Some((_, text)) => println!("{fault:?}: {killer}: {text}"),
                None => survivals.push(format!("{fault:?} by {killer}")),
            }
        }
    }
    assert!(
        survivals.is_empty(),
        "not caught:\n{}",
        survivals.join("\n")
    );
}

fn all_at_once(cases: &[&'static str]) -> Vec<Report> {
    let run_one = |case: &str| run::<Reference>(&Plan::new().cases(case).limit(LIMIT));
    thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|case| scope.spawn(move || run_one(case)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("a run does not panic"))
            .collect()
    })
}

#[test]
fn explore() {
    for fault in [
        Fault::CountsTooEarly,
        Fault::LosesSecondError,
        Fault::WakesNobody,
        Fault::ForgetsAdoption,
        Fault::CleansUpTwice,
        Fault::ForgetsCleanUp,
        Fault::CancelBeatsValue,
        Fault::ShieldLeaks,
        Fault::SwallowsPanic,
    ] {
        plant(Some(fault));
        let report = run::<Reference>(
            &Plan::new()
                .cases("system/*")
                .limit(Duration::from_millis(700)),
        );
        plant(None);
        println!("{fault:?}:");
        for (info, text) in report.failures() {
            println!("   {} {}", info.id, text.lines().next().unwrap_or(""));
        }
    }
}
