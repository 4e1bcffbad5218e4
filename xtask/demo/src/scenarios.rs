//! The failures on show, in the order of the table.

pub(crate) mod outlive;
pub(crate) mod select;
pub(crate) mod shutdown;
pub(crate) mod siblings;
pub(crate) mod sqlite;

use crate::scenario::Scenario;

/// Every scenario. One that is listed here is run.
pub(crate) const ALL: [&Scenario; 5] = [
    &select::SCENARIO,
    &sqlite::SCENARIO,
    &outlive::SCENARIO,
    &siblings::SCENARIO,
    &shutdown::SCENARIO,
];
