//! The suite itself, on the runtime under test: a case that goes wrong must fail, whatever the runtime does with panics.

mod verdicts;

crate::suite::layer! {
    kit_tests;
    verdicts kit_verdicts_tests,
}
