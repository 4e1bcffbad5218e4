//! The system cases, broken off after each of their polls.

use super::Depth;
use crate::{conformance::section_of, report::Section};

pub(super) const COVERS: &str = "\
  On the simulator, each system case, over a nursery and over a scope, is dropped, and asked to end, after each poll of its main
  future, for each seed; on tokio, smol and async-std it is dropped. Wherever that is, every child finishes or is adopted and
  finishes then, every destructor runs, every clean-up runs once, and nothing is left in the live tree.
  --quick: one seed. In full: 1,000 seeds.";

pub(super) fn run(section: &mut Section, depth: Depth) {
    let seeds = match depth {
        Depth::Quick => "1",
        Depth::Full => "1000",
    };
    section_of(section, |binary| {
        binary.args(["--interrupted"]).env("STEADFAST_SEEDS", seeds)
    });
}
