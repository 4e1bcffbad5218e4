//! A half that misbehaves ends as a cell that says so.

use std::thread;
use std::time::Duration;

use super::{Cell, run, run_within};
use crate::runtime::Runtime;

#[test]
fn a_half_that_panics_is_not_observed() {
    let cell = run(|_| panic!("planted"), Runtime::Smol);
    assert_eq!(cell, Cell::NotObserved("it panicked".into()));
}

#[test]
fn a_half_that_cannot_be_run_is_not_observed() {
    let cell = run(|_| Err("the disk is full".into()), Runtime::Smol);
    assert_eq!(cell, Cell::NotObserved("the disk is full".into()));
}

#[test]
fn a_half_that_hangs_is_not_observed() {
    let patience = Duration::from_millis(10);
    let hang = |_| loop {
        thread::park();
    };
    let cell = run_within(patience, hang, Runtime::Smol);
    assert_eq!(cell, Cell::NotObserved("no end within 10ms".into()));
}
