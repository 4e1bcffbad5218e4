//! The protocol broken on purpose: each fault is noticed by the models that it is listed with.
//!
//! A fault is planted in a whole process, and a model that fails may take its process down, so that each run is one of this
//! very binary.

use std::process::Command;

use crate::faults::{Fault, plant};

const ASKED: &str = "STEADFAST_FAULT";

/// Plants the fault that the environment names, before the model begins.
pub(super) fn plant_what_is_asked_for() {
    let Ok(name) = std::env::var(ASKED) else {
        return;
    };
    let mut known = Fault::ALL.iter().chain(Fault::RACES);
    let fault = known.find(|fault| format!("{fault:?}") == name);
    plant(Some(*fault.expect("the environment names a fault")));
}

/// Fails unless `model` fails under `fault`, by saying `complaint`.
fn assert_noticed(fault: Fault, model: &str, complaint: &str) {
    let this = std::env::current_exe().expect("the test has a file");
    let name = format!("models::{model}");
    let output = Command::new(this)
        .args(["--exact", &name, "--nocapture"])
        .env(ASKED, format!("{fault:?}"))
        .output()
        .expect("the test can be run again");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("running 1 test"), "no model {name}");
    assert!(!output.status.success(), "{fault:?} passes {name}");
    assert!(said.contains(complaint), "{fault:?} in {name}:\n{said}");
}

const DEADLOCK: &str = "deadlock";
const NOT_SEEN: &str = "assertion `left == right` failed";

#[test]
fn a_last_child_that_wakes_nobody_is_noticed() {
    let models = [
        "exit::the_exit_sees_what_the_last_children_did",
        "spawning::a_spawn_meets_the_end_of_the_last_child",
        "groups::two_groups_come_for_the_same_children",
        "guests::the_exit_comes_after_the_drop_of_the_last_guest",
    ];
    for model in models {
        assert_noticed(Fault::LeavesQuietly, model, DEADLOCK);
    }
}

#[test]
fn an_exit_that_looks_before_it_registers_is_noticed() {
    let model = "exit::the_exit_sees_what_the_last_children_did";
    assert_noticed(Fault::LooksFirst, model, DEADLOCK);
}

#[test]
fn an_end_of_grace_that_comes_between_the_look_and_the_waker_is_noticed() {
    let models = [
        "cancelling::an_abort_meets_a_child_that_goes_to_sleep",
        "guests::an_abort_meets_a_guest_that_goes_to_sleep",
    ];
    for model in models {
        assert_noticed(Fault::LooksForItsEndFirst, model, DEADLOCK);
    }
}

#[test]
fn a_request_that_wakes_nobody_is_noticed() {
    let models = [
        "cancelling::a_request_meets_a_wait_for_it",
        "guests::a_request_meets_an_entry",
    ];
    for model in models {
        assert_noticed(Fault::WakesNobody, model, DEADLOCK);
    }
}

#[test]
fn a_count_without_an_order_is_noticed() {
    let models = [
        "exit::the_exit_sees_what_the_last_children_did",
        "groups::two_groups_come_for_the_same_children",
        "guests::the_exit_comes_after_the_drop_of_the_last_guest",
    ];
    for model in models {
        assert_noticed(Fault::CountsRelaxed, model, NOT_SEEN);
    }
}

#[test]
fn a_request_without_an_order_is_noticed() {
    let model = "cancelling::a_request_meets_a_look";
    assert_noticed(Fault::RequestsRelaxed, model, NOT_SEEN);
}

#[test]
fn a_refusal_without_an_order_is_noticed() {
    let model = "spawning::a_refusal_comes_after_what_the_last_child_did";
    assert_noticed(Fault::RefusesRelaxed, model, NOT_SEEN);
}

#[test]
fn a_second_wake_without_an_order_is_noticed() {
    let model = "scopes::two_wakes_meet_in_one_child";
    assert_noticed(Fault::WakesByALook, model, DEADLOCK);
}

#[test]
fn a_count_that_is_taken_too_early_is_noticed() {
    let models = [
        "exit::the_exit_comes_after_the_captures_of_the_last_child",
        "guests::the_exit_comes_after_the_captures_of_the_last_guest",
    ];
    for model in models {
        assert_noticed(Fault::CountsTooEarly, model, NOT_SEEN);
    }
}

#[test]
fn an_adoption_that_is_forgotten_is_noticed() {
    let models = [
        "adopting::a_drop_meets_the_end_of_the_child",
        "adopting::an_adoption_meets_the_end_of_the_parent",
        "adopting::an_adoption_meets_the_close_of_the_nursery_around",
    ];
    for model in models {
        assert_noticed(Fault::ForgetsAdoption, model, NOT_SEEN);
    }
}

#[test]
fn a_clean_up_that_runs_twice_is_noticed() {
    let model = "cleaning::a_clean_up_comes_before_its_child_is_counted_out";
    assert_noticed(Fault::CleansUpTwice, model, NOT_SEEN);
}

#[test]
fn a_clean_up_that_is_forgotten_is_noticed() {
    let model = "cleaning::a_clean_up_comes_before_its_child_is_counted_out";
    assert_noticed(Fault::ForgetsCleanUp, model, NOT_SEEN);
}

/// A fault that no test here names would be noticed by nobody for sure.
#[test]
fn every_race_is_noticed_by_a_model() {
    let this = include_str!("killers.rs");
    for fault in Fault::RACES {
        let noticed = format!("assert_noticed(Fault::{fault:?}, ");
        assert!(this.contains(&noticed), "{fault:?}");
    }
}
