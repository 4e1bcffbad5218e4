//! The promises of steadfast, on the runtime under test: nurseries, requests, deadlines, shields, clean-up.
//!
//! A backend that passes the backend cases passes these too, because everything that they check lives in the core. They are
//! what users care about, and what shows an interplay that the backend cases missed.

mod blocking;
mod blocking_ends;
mod cancel;
mod cleanup;
mod cleanup_elsewhere;
mod cleanup_order;
mod deadlines;
mod drops;
mod drops_adopted;
mod drops_onward;
mod errors;
mod exit;
mod groups;
mod guests;
mod handles;
mod handover;
mod handshake;
mod interplay;
mod last_resort;
mod ledger;
mod locals;
mod misplaced;
mod misuse;
mod policies;
mod progress;
mod seeing;
mod shields;
mod stress;
use self::stress::matrix as stress_matrix;
mod test_kit;
mod waiting;

pub(crate) use self::ledger::{guarded, wronged};

crate::suite::layer! {
    system_tests;
    exit system_exit_tests,
    errors system_errors_tests,
    cancel system_cancel_tests,
    deadlines system_deadlines_tests,
    shields system_shields_tests,
    handshake system_handshake_tests,
    interplay system_interplay_tests,
    handles system_handles_tests,
    blocking system_blocking_tests,
    cleanup system_cleanup_tests,
    cleanup_elsewhere system_cleanup_elsewhere_tests,
    cleanup_order system_cleanup_order_tests,
    drops system_drops_tests,
    drops_adopted system_drops_adopted_tests,
    drops_onward system_drops_onward_tests,
    misuse system_misuse_tests,
    stress system_stress_tests,
    stress_matrix system_stress_matrix_tests,
    seeing system_seeing_tests,
    progress system_progress_tests,
    test_kit system_test_kit_tests,
    waiting system_waiting_tests,
    locals system_locals_tests,
    policies system_policies_tests,
    misplaced system_misplaced_tests,
    handover system_handover_tests,
    guests system_guests_tests,
    groups system_groups_tests,
    blocking_ends system_blocking_ends_tests,
    last_resort system_last_resort_tests,
}
