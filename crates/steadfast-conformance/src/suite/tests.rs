use std::collections::BTreeSet;

use super::{all_cases, names_agree};
use crate::mutants;
use crate::reference::PoolHandle;

#[test]
fn ids_are_unique_and_promises_are_sentences() {
    let mut seen = BTreeSet::new();
    for case in all_cases::<PoolHandle>() {
        assert!(seen.insert(case.info.id), "{} is there twice", case.info.id);
        let promise = case.info.promise;
        assert!(promise.ends_with('.'), "{}: {promise}", case.info.id);
        assert!(
            case.info.laws.is_sorted() && case.info.laws.iter().all(|law| (1..=309).contains(law))
        );
    }
}

#[test]
fn every_case_below_the_nursery_has_caught_a_mutant() {
    let killers = killers();
    let idle: Vec<_> = ids()
        .into_iter()
        .filter(|id| id.starts_with("kit/") || id.starts_with("backend/"))
        .filter(|id| !killers.contains(id))
        .collect();
    assert!(idle.is_empty(), "cases that no mutant names: {idle:?}");
}

#[test]
fn mutants_name_cases_that_exist() {
    let unknown: Vec<_> = killers().difference(&ids()).copied().collect();
    assert!(unknown.is_empty(), "there is no case {unknown:?}");
}

fn killers() -> BTreeSet<&'static str> {
    mutants::all()
        .flat_map(|mutant| mutant.killers)
        .copied()
        .collect()
}

fn ids() -> BTreeSet<&'static str> {
    all_cases::<PoolHandle>()
        .iter()
        .map(|case| case.info.id)
        .collect()
}

#[test]
fn id_that_is_not_layer_and_name_is_rejected() {
    assert!(names_agree(
        "backend/no-inline-poll",
        "backend",
        "no_inline_poll"
    ));
    assert!(!names_agree(
        "backend/no_inline_poll",
        "backend",
        "no_inline_poll"
    ));
    assert!(!names_agree(
        "system/no-inline-poll",
        "backend",
        "no_inline_poll"
    ));
    assert!(!names_agree(
        "backend/other-inline-poll",
        "backend",
        "no_inline_poll"
    ));
}
