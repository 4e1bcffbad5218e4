//! What a nursery refuses, and what becomes of it; handles and futures that are used in the wrong place, or twice.

mod elsewhere;
mod refused;
pub(super) mod shutdown;

crate::suite::layer! {
    system_misuse_tests;
    refused system_refused_tests,
    elsewhere system_elsewhere_tests,
    shutdown system_shutdown_tests,
}
