//! The findings, for people and for programs.

pub(crate) mod json;
pub(crate) mod sarif;
pub(crate) mod text;

use crate::{allow::Complaint, audit::Text, classes::Finding, workspace::Unreadable};

/// All that a run has to say.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) files: &'a [Text],
    pub(crate) findings: &'a [Finding],
    pub(crate) complaints: &'a [Complaint],
    pub(crate) unreadable: &'a [Unreadable],
    /// How many findings the baseline knows.
    pub(crate) known: usize,
    /// How many files were not searched, because all of each is test code.
    pub(crate) left_out: usize,
}
