//! All forms of the server, under the same tests: what clients ask of them, and faults.
//!
//! Each form passes all of `clients`. Which of `faults` a form survives is stated in `forms`; the others are controls: they assert
//! in what way the form fails. Nothing is ordered by time: work on the database waits at gates, which the tests open.
#![forbid(unsafe_code)]

mod client;
mod clients;
mod faults;
mod faulty;
mod forms;
mod server;

/// A module for each form, with a test for each case.
macro_rules! each_form {
    ($($form:ident),*) => {
        $(mod $form {
            use crate::forms::$form as form;

            each_case!(form, clients: values_come_back, bad_requests_are_answered, fatal_ones_end_the_connection,
                the_largest_is_taken, pipelined_requests_are_answered_in_order, many_clients_at_once,
                no_more_clients_than_places, a_request_has_a_deadline, a_silent_client_is_sent_away,
                a_client_that_does_not_read_is_sent_away,
                a_client_that_does_not_read_does_not_hold_the_end_up, data_outlives_the_server, idle_clients_do_not_hold_the_end_up);
            each_case!(form, faults: client_killed_in_its_request, error_in_one_connection, panic_in_one_connection,
                shutdown_with_requests_in_flight, slow_clean_up);
        })*
    };
}

macro_rules! each_case {
    ($form:ident, $file:ident: $($case:ident),*) => {
        mod $file {
            $(#[test]
            fn $case() {
                crate::$file::$case(super::$form());
            })*
        }
    };
}
each_form!(
    raw,
    step0,
    step1,
    step2,
    step3,
    ported_tokio,
    ported_smol,
    ported_async_std
);
