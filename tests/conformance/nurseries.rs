//! The kill matrix of nurseries: a core that is broken on purpose is caught by the cases that the fault is listed with.
//!
//! A fault is planted in a whole process, so that each run is one of the `conformance` binary. A case catches a fault if it
//! fails under it, be it by an assertion, by a hang or by taking the process down, and passes without it.
//!
//! The faults in [`Fault::RACES`] are not here: a run meets them by luck, and a weak order shows on some processors alone. The
//! models of `steadfast-core` find them for sure, and its `models::killers` names those that do.

mod with_fault;

use std::thread;

use steadfast_core::faults::Fault;

/// Each fault, and the cases each of which must fail under it.
const MATRIX: &[(Fault, &[&str])] = &[
    (
        Fault::CountsTooEarly,
        &[
            "system/exit-comes-after-captures",
            "system/guest-is-gone-with-its-captures",
            "system/panic-waits-for-clean-up",
            "system/grace-runs-clean-ups",
            "scope/panic-in-destructor-goes-on",
        ],
    ),
    (
        Fault::LosesSecondError,
        &[
            "system/errors-come-out-in-order",
            "system/errors-at-the-same-instant",
            "system/errors-of-body-and-child",
            "scope/errors-of-body-and-child",
        ],
    ),
    (
        Fault::WakesNobody,
        &[
            "system/cancel-from-foreign-thread",
            "system/cancel-wakes-exactly-those-that-wait",
            "system/cancel-reaches-every-descendant",
            "system/guest-is-asked-to-end",
            "scope/cancel-reaches-every-descendant",
        ],
    ),
    (
        Fault::ForgetsAdoption,
        &[
            "system/cancel-by-drop-asks-children",
            "system/timeout-around-nursery-is-one-error",
            "system/stress-deep-nesting-dropped",
        ],
    ),
    (
        Fault::CleansUpTwice,
        &[
            "system/grace-runs-clean-ups",
            "system/shield-covers-clean-ups",
            "scope/cleanup-in-drop-order",
        ],
    ),
    (
        Fault::ForgetsCleanUp,
        &[
            "scope/cleanup-of-children-first",
            "system/guest-cleans-up-first",
            "system/grace-runs-clean-ups",
            "system/panic-waits-for-clean-up",
        ],
    ),
    (
        Fault::CancelBeatsValue,
        &[
            "system/marks-give-value-first",
            "scope/marks-give-value-first",
            "system/cancel-before-spawn-gives-first-poll",
        ],
    ),
    (
        Fault::ShieldLeaks,
        &[
            "system/shield-in-region-finishes-first",
            "system/shields-nested-protect-to-the-last",
            "scope/shields-nested-protect-to-the-last",
        ],
    ),
    (
        Fault::SwallowsPanic,
        &[
            "system/panic-goes-on-after-everybody",
            "system/panic-asks-siblings-to-end",
            "scope/panic-asks-siblings-to-end",
        ],
    ),
    (
        Fault::LeavesQuietly,
        &[
            "system/exit-waits-for-children",
            "system/exit-comes-after-captures",
            "system/exit-is-woken-exactly-once",
            "scope/exit-waits-for-children",
        ],
    ),
];

#[test]
fn every_broken_nursery_is_caught_by_the_cases_that_it_is_listed_with() {
    let survivals: Vec<String> = thread::scope(|scope| {
        let pairs = MATRIX
            .iter()
            .flat_map(|(fault, killers)| killers.iter().map(move |one| (*fault, *one)));
        let running: Vec<_> = pairs
            .map(|(fault, killer)| scope.spawn(move || survival(fault, killer)))
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
fn every_fault_is_in_the_matrix() {
    for fault in Fault::ALL {
        assert!(
            MATRIX
                .iter()
                .any(|(listed, killers)| listed == fault && !killers.is_empty()),
            "{fault:?}"
        );
    }
}

/// What there is to complain about, if `killer` passes on a core with `fault`, or fails on the sound one.
fn survival(fault: Fault, killer: &str) -> Option<String> {
    if !passes(killer, None) {
        return Some(format!("{killer} fails without a fault"));
    }
    passes(killer, Some(fault)).then(|| format!("{fault:?} by {killer}"))
}

fn passes(case: &str, fault: Option<Fault>) -> bool {
    let output = with_fault::command("tokio-current-thread", case, fault)
        .output()
        .expect("the binary was built with the tests");
    let text = String::from_utf8_lossy(&output.stdout);
    println!(
        "{fault:?}: {case}: {}",
        text.lines().last().unwrap_or("the process was taken down")
    );
    output.status.success() && text.ends_with("1 passed, 0 failed, 0 skipped\n")
}
