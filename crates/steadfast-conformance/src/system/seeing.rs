//! Seeing: the live tree as a drawing and as JSON, and what a slow exit reports.

mod counters;
mod drawing;
pub(super) mod json;
mod shape;

use crate::probe::{Gate, OnDrop};

crate::suite::layer! {
    system_seeing_tests;
    shape system_seeing_shape_tests,
    drawing system_seeing_drawing_tests,
    counters system_seeing_counters_tests,
}

/// Opens `gate` when the value goes, so that a case which fails ends.
fn open_at_end(gate: &Gate) -> OnDrop<impl FnOnce() + use<>> {
    let gate = gate.clone();
    OnDrop::new(move || gate.open())
}
