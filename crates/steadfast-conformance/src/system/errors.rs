//! What becomes of errors and panics: who is asked to end, what comes out, and that nothing is lost.

mod mistake;
pub(super) mod panics;
mod primary;
mod returned;
mod supervised;
mod ways;

crate::suite::layer! {
    system_errors_tests;
    returned system_returned_tests,
    ways system_ways_tests,
    supervised system_supervised_tests,
    panics system_panics_tests,
    primary system_primary_tests,
}
