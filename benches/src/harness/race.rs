//! What is measured: a race, and who takes part in it.

use super::Goal;

/// How much is asked for: everything, or what fits into two minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    Full,
    Quick,
}

impl Scale {
    pub(crate) fn is_full(self) -> bool {
        self == Self::Full
    }
}

/// One comparison: the same work, by several contestants, on one runtime.
pub(crate) struct Race {
    pub(crate) workload: &'static str,
    /// What tells this race from the others of its workload.
    pub(crate) setting: String,
    /// What the figures are for: one child, one event.
    pub(crate) unit: &'static str,
    /// How many units a contestant does each time.
    pub(crate) operations: usize,
    pub(crate) metric: Metric,
    /// Whether instructions are counted beside the time. For work on one thread alone: elsewhere they vary.
    pub(crate) instructions: bool,
    /// Makes them when their turn has come, so that no runtime idles beside another race. The first is the floor.
    pub(crate) contestants: Box<dyn Fn() -> Vec<Contestant>>,
    /// What must hold of each contestant whose name begins with `steadfast`.
    pub(crate) goals: Vec<Goal>,
    /// Where it stands in a plot.
    pub(crate) point: Option<Point>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    Nanoseconds,
    Instructions,
    Allocations,
    Bytes,
}

impl Metric {
    pub(crate) fn needs_counts(self) -> bool {
        matches!(self, Self::Allocations | Self::Bytes)
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Instructions => "instructions",
            Self::Allocations => "allocations",
            Self::Bytes => "bytes",
        }
    }
}

/// The place of a race on the x axis of a plot.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) plot: &'static str,
    pub(crate) axis: &'static str,
    pub(crate) x: usize,
}

pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    /// Does all the work once, and says what it took, in the race's metric.
    pub(crate) run: Box<dyn FnMut() -> f64>,
    /// How many units that is, if not as many as the race says.
    pub(crate) operations: Option<usize>,
}

/// The prefix of the names of those for whom the goals are.
pub(crate) const OURS: &str = "steadfast";

impl Contestant {
    pub(crate) fn new(name: &'static str, run: impl FnMut() -> f64 + 'static) -> Self {
        Self {
            name,
            run: Box::new(run),
            operations: None,
        }
    }

    /// Does so many units alone, and says what all of the race's would have taken.
    pub(crate) const fn doing(mut self, operations: usize) -> Self {
        self.operations = Some(operations);
        self
    }

    /// One that says how long it took.
    pub(crate) fn timed(
        name: &'static str,
        mut run: impl FnMut() -> std::time::Duration + 'static,
    ) -> Self {
        Self::new(name, move || run().as_nanos() as f64)
    }
}

impl Race {
    pub(crate) fn new(
        workload: &'static str,
        setting: impl Into<String>,
        (operations, unit): (usize, &'static str),
        contestants: impl Fn() -> Vec<Contestant> + 'static,
    ) -> Self {
        Self {
            workload,
            setting: setting.into(),
            unit,
            operations,
            metric: Metric::Nanoseconds,
            instructions: false,
            contestants: Box::new(contestants),
            goals: Vec::new(),
            point: None,
        }
    }

    pub(crate) fn metric(mut self, metric: Metric) -> Self {
        self.metric = metric;
        self
    }

    pub(crate) fn with_instructions(mut self) -> Self {
        self.instructions = true;
        self
    }

    pub(crate) fn goal(mut self, goal: Goal) -> Self {
        self.goals.push(goal);
        self
    }

    pub(crate) fn at(mut self, plot: &'static str, axis: &'static str, x: usize) -> Self {
        self.point = Some(Point { plot, axis, x });
        self
    }

    /// What a filter is compared with.
    pub(crate) fn title(&self) -> String {
        format!("{}: {}", self.workload, self.setting)
    }
}
