//! What became of the laws that no case cites, or that tests elsewhere check as well.

use super::Standing::{self, DoesNotApply, Elsewhere, NotYet};

/// In the order of the numbers. A case for a law takes its line out of here.
pub(super) const REST: &[(u16, Standing)] = &[
    (47, NotYet(COMBINATORS)),
    (
        48,
        DoesNotApply(
            "Rust has no exceptions that steer loops; a body returns a `ControlFlow` as a value",
        ),
    ),
    (
        59,
        Elsewhere(&[
            "crates/steadfast-core/src/nursery/outcome/tests.rs::broken_invariant_is_no_error_of_the_user",
        ]),
    ),
    (
        90,
        Elsewhere(&["tests/rejected/rejected/cancelled_is_made_by_hand.rs"]),
    ),
    (
        140,
        DoesNotApply("a shield encloses a block and cannot be lifted from outside"),
    ),
    (
        141,
        DoesNotApply("a shield encloses a block; a scope does not become shielded later"),
    ),
    (
        154,
        Elsewhere(&["tests/rejected/rejected/nursery_is_closed_by_a_handle.rs"]),
    ),
    (
        159,
        Elsewhere(&["tests/rejected/rejected/nursery_is_closed_by_a_handle.rs"]),
    ),
    (
        200,
        Elsewhere(&["tests/rejected/rejected/race_over_nothing.rs"]),
    ),
    (
        211,
        DoesNotApply(
            "task-locals are captured at the spawn, so that no binding can change under a fork",
        ),
    ),
    (
        225,
        Elsewhere(&[
            "tests/rejected/rejected/nursery_is_awaited_twice.rs",
            "tests/rejected/rejected/builder_is_run_twice.rs",
        ]),
    ),
    (
        226,
        Elsewhere(&["tests/rejected/rejected/scope_is_entered_by_two_tasks.rs"]),
    ),
    (
        227,
        Elsewhere(&["tests/rejected/rejected/nursery_is_closed_by_a_handle.rs"]),
    ),
    (
        231,
        DoesNotApply(
            "a compile-time error: an async construct has no sync form that could be called by mistake",
        ),
    ),
    (
        232,
        Elsewhere(&["tests/rejected/rejected/child_is_no_future.rs"]),
    ),
    (
        233,
        Elsewhere(&[
            "tests/semantics/nested_roots.rs::a_root_inside_a_task_of_tokio_is_refused_in_words",
            "tests/semantics/nested_roots.rs::a_root_inside_a_task_of_smol_runs_to_its_end",
        ]),
    ),
    (
        236,
        Elsewhere(&[
            "tests/rejected/rejected/child_borrows_a_local_of_the_body.rs",
            "tests/rejected/rejected/child_borrows_a_local_of_the_caller.rs",
            "tests/rejected/rejected/child_is_not_send.rs",
        ]),
    ),
    (
        238,
        DoesNotApply(
            "no call detaches a task: what is dropped half-way is adopted, with the nurseries in it",
        ),
    ),
    (
        240,
        Elsewhere(&["tests/rejected/rejected/builder_is_run_twice.rs"]),
    ),
    (
        275,
        Elsewhere(&[
            "crates/steadfast-conformance/src/system/stress/factor.rs::one_factor_scales_what_is_done",
            "crates/steadfast-conformance/src/system/stress/factor.rs::every_case_of_the_group_is_scaled",
        ]),
    ),
    (
        282,
        Elsewhere(&["tests/semantics/spans.rs::each_task_has_one_span_from_its_spawn_to_its_end"]),
    ),
    (
        283,
        Elsewhere(&["tests/semantics/spans.rs::each_span_is_inside_that_of_who_waits"]),
    ),
    (
        286,
        Elsewhere(&[
            "tests/semantics/natively.rs::natively_on_the_current_thread_of_tokio",
            "tests/semantics/natively.rs::natively_on_the_threads_of_tokio",
            "tests/semantics/natively.rs::natively_on_smol",
            "tests/semantics/natively.rs::natively_on_async_std",
        ]),
    ),
    (
        290,
        Elsewhere(&[
            "crates/steadfast-sim/src/sim/tests/traces.rs::seed_gives_the_same_run_again_and_another_seed_another_one",
        ]),
    ),
    (
        294,
        Elsewhere(&[
            "crates/steadfast-sim/src/kit/tests/blocking.rs::sleeping_and_waiting_for_another_thread_block_and_the_poll_is_counted",
        ]),
    ),
    (
        304,
        Elsewhere(&[
            "crates/steadfast/tests/scope.rs::children_borrow_and_change_the_locals_of_the_caller",
            "tests/rejected/rejected/child_borrows_a_local_of_the_caller.rs",
        ]),
    ),
    (
        305,
        Elsewhere(&[
            "crates/steadfast/tests/local.rs::promises_hold_on_a_local_set",
            "crates/steadfast/tests/local.rs::promises_hold_on_a_local_executor",
            "crates/steadfast/tests/local.rs::promises_hold_on_the_local_tasks_of_async_std",
            "tests/rejected/rejected/child_is_not_send.rs",
        ]),
    ),
    (306, NotYet(MODELS)),
    (309, Elsewhere(&["xtask/src/ci.rs::without_unwinding"])),
];

/// `race`, `join` and their kin, which work on parts of one task.
const COMBINATORS: &str = "control flow in one task (`race`, `try_join`)";
const MODELS: &str = "models of the core under loom";
