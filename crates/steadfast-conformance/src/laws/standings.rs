//! What became of the laws that no case cites, or that tests elsewhere check as well.

use super::Standing::{self, DoesNotApply, Elsewhere, NotYet};

/// In the order of the numbers. A case for a law takes its line out of here.
pub(super) const REST: &[(u16, Standing)] = &[
    (5, NotYet(SUITE)),
    (17, NotYet(SUITE)),
    (24, NotYet(SUITE)),
    (25, NotYet(SUITE)),
    (37, NotYet(SUITE)),
    (47, NotYet(COMBINATORS)),
    (
        48,
        DoesNotApply(
            "Rust has no exceptions that steer loops; a body returns a `ControlFlow` as a value",
        ),
    ),
    (56, NotYet(SUITE)),
    (59, NotYet(SUITE)),
    (66, NotYet(SUITE)),
    (71, NotYet(SUITE)),
    (73, NotYet(SUITE)),
    (
        90,
        Elsewhere(&["tests/rejected/rejected/cancelled_is_made_by_hand.rs"]),
    ),
    (125, NotYet(SUITE)),
    (126, NotYet(SUITE)),
    (127, NotYet(SUITE)),
    (132, NotYet(SUITE)),
    (
        140,
        DoesNotApply("a shield encloses a block and cannot be lifted from outside"),
    ),
    (
        141,
        DoesNotApply("a shield encloses a block; a scope does not become shielded later"),
    ),
    (154, NotYet(SUITE)),
    (155, NotYet(SUITE)),
    (156, NotYet(SUITE)),
    (157, NotYet(SUITE)),
    (158, NotYet(SUITE)),
    (159, NotYet(SUITE)),
    (162, NotYet(SUITE)),
    (164, NotYet(SUITE)),
    (166, NotYet(SUITE)),
    (176, NotYet(SUITE)),
    (180, NotYet(SUITE)),
    (184, NotYet(SUITE)),
    (196, NotYet(SUITE)),
    (197, NotYet(SUITE)),
    (198, NotYet(SUITE)),
    (199, NotYet(SUITE)),
    (200, NotYet(COMBINATORS)),
    (201, NotYet(SUITE)),
    (202, NotYet(SUITE)),
    (206, NotYet(SUITE)),
    (207, NotYet(SUITE)),
    (208, NotYet(SUITE)),
    (210, NotYet(SUITE)),
    (
        211,
        DoesNotApply(
            "task-locals are captured at the spawn, so that no binding can change under a fork",
        ),
    ),
    (212, NotYet(SUITE)),
    (213, NotYet(SUITE)),
    (214, NotYet(SUITE)),
    (215, NotYet(SUITE)),
    (216, NotYet(SUITE)),
    (
        225,
        Elsewhere(&[
            "tests/rejected/rejected/nursery_is_awaited_twice.rs",
            "tests/rejected/rejected/builder_is_run_twice.rs",
        ]),
    ),
    (226, NotYet(SUITE)),
    (227, NotYet(SUITE)),
    (228, NotYet(SUITE)),
    (
        231,
        DoesNotApply(
            "a compile-time error: an async construct has no sync form that could be called by mistake",
        ),
    ),
    (232, NotYet(SUITE)),
    (233, NotYet(SUITE)),
    (
        236,
        Elsewhere(&[
            "tests/rejected/rejected/child_borrows_a_local_of_the_body.rs",
            "tests/rejected/rejected/child_borrows_a_local_of_the_caller.rs",
            "tests/rejected/rejected/child_is_not_send.rs",
        ]),
    ),
    (237, NotYet(SUITE)),
    (
        238,
        DoesNotApply(
            "no call detaches a task: what is dropped half-way is adopted, with the nurseries in it",
        ),
    ),
    (239, NotYet(SUITE)),
    (
        240,
        Elsewhere(&["tests/rejected/rejected/builder_is_run_twice.rs"]),
    ),
    (250, NotYet(SUITE)),
    (253, NotYet(SUITE)),
    (259, NotYet(SUITE)),
    (262, NotYet(SUITE)),
    (263, NotYet(SUITE)),
    (264, NotYet(SUITE)),
    (265, NotYet(SUITE)),
    (268, NotYet(SUITE)),
    (271, NotYet(SUITE)),
    (275, NotYet(SUITE)),
    (281, NotYet(SUITE)),
    (282, NotYet(SUITE)),
    (283, NotYet(SUITE)),
    (284, NotYet(SUITE)),
    (285, NotYet(SUITE)),
    (286, NotYet(SUITE)),
    (290, NotYet(SUITE)),
    (291, NotYet(SUITE)),
    (294, NotYet(SUITE)),
    (304, NotYet(BORROWING)),
    (305, NotYet(BORROWING)),
    (306, NotYet(SUITE)),
    (309, NotYet(SUITE)),
];

/// Not there: `race`, `join` and their kin, which work on parts of one task.
const COMBINATORS: &str = "control flow in one task (`race`, `try_join`)";
/// Not there: scopes whose children borrow, and nurseries whose children stay on one thread.
const BORROWING: &str = "borrowing (`scope`, `nursery_local`)";
/// Could be checked today, and is not.
const SUITE: &str = "the suite";
