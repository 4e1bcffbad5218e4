//! The kill matrix: what is broken on purpose is caught by the cases that it names.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use steadfast_conformance::mutants::{self, Mutant};
use steadfast_conformance::reference::Reference;
use steadfast_conformance::{Plan, run};

#[test]
fn every_mutant_is_caught_by_the_cases_that_it_names() {
    // Most mutants show by a hang, so that each costs its time limit: all wait at once.
    let survivals: Vec<String> = thread::scope(|scope| {
        let mutants =
            mutants::all().flat_map(|mutant| mutant.killers.iter().map(move |one| (mutant, *one)));
        let running: Vec<_> = mutants
            .map(|(mutant, killer)| scope.spawn(move || survival(&mutant, killer)))
            .collect();
        running
            .into_iter()
            .filter_map(|thread| thread.join().expect("a run does not panic"))
            .collect()
    });
    assert!(
        survivals.is_empty(),
        "not caught:\n{}",
        survivals.join("\n")
    );
}

#[test]
fn unbroken_reference_passes_what_catches_the_mutants() {
    let killers: BTreeSet<_> = mutants::all().flat_map(|mutant| mutant.killers).collect();
    for killer in killers {
        let report = run::<Reference>(&Plan::new().cases(killer));
        assert_eq!(report.passed(), 1, "{killer}: {report}");
    }
}

/// What there is to complain about, if `mutant` passes `killer`.
fn survival(mutant: &Mutant, killer: &str) -> Option<String> {
    let report = (mutant.run)(&Plan::new().cases(killer).limit(LIMIT));
    if report.failed() == 1 {
        let (_, text) = report.failures().next()?;
        println!("{}: {killer}: {text}", mutant.name);
        return None;
    }
    Some(format!("{} ({}) by {killer}", mutant.name, mutant.wrong))
}

/// A mutant that is slow rather than stuck counts as caught as well; it is the unbroken runtime that gets all the time it needs.
const LIMIT: Duration = Duration::from_secs(2);
