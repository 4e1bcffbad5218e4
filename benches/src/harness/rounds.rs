//! The rounds of a race, and what they show.

use super::race::{Metric, OURS, Point, Race, Scale};
use super::{Goal, heap};
use std::time::{Duration, Instant};

/// What a race has shown.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) workload: String,
    pub(crate) setting: String,
    pub(crate) unit: String,
    pub(crate) metric: Metric,
    pub(crate) figures: Vec<Figure>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) point: Option<Point>,
}

/// What a contestant took for one unit of the work, round by round.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) rounds: Vec<f64>,
    /// Instructions for one unit, where they were counted.
    pub(crate) instructions: Option<f64>,
}

impl Figure {
    pub(crate) fn is_ours(&self) -> bool {
        self.name.starts_with(OURS)
    }

    pub(crate) fn median(&self) -> f64 {
        quantile(&self.rounds, 0.5)
    }

    pub(crate) fn quartiles(&self) -> (f64, f64) {
        (quantile(&self.rounds, 0.25), quantile(&self.rounds, 0.75))
    }

    pub(crate) fn best(&self) -> f64 {
        quantile(&self.rounds, 0.0)
    }

    /// The median of the ratios of the same round: what slowed both down cancels out.
    pub(crate) fn ratio_to(&self, other: &Self) -> f64 {
        let pairs = self.rounds.iter().zip(&other.rounds);
        let ratios: Vec<f64> = pairs.map(|(ours, theirs)| ours / theirs).collect();
        quantile(&ratios, 0.5)
    }
}

/// Warms up, and lets the contestants take turns until there are rounds enough or the time is up.
pub(crate) fn run(race: &Race, scale: Scale) -> Outcome {
    let mut contestants = (race.contestants)();
    let mut rounds = vec![Vec::new(); contestants.len()];
    let counts = heap::is_counted();
    for contestant in &mut contestants {
        (contestant.run)();
    }
    let limits = Limits::of(scale, counts);
    let started = Instant::now();
    let mut round = 0;
    while round < limits.least || (round < limits.most && started.elapsed() < limits.time) {
        // Nobody always comes after the same one, who may leave the caches or the allocator in a state of its own.
        for turn in 0..contestants.len() {
            let who = (turn + round) % contestants.len();
            let amount = (contestants[who].run)();
            rounds[who].push(amount / race.operations as f64);
        }
        round += 1;
    }
    let names = contestants.iter().map(|contestant| contestant.name);
    Outcome {
        figures: names
            .zip(rounds)
            .map(|(name, rounds)| Figure {
                name: name.into(),
                rounds,
                instructions: None,
            })
            .collect(),
        ..Outcome::empty(race)
    }
}

impl Outcome {
    pub(crate) fn empty(race: &Race) -> Self {
        Self {
            workload: race.workload.into(),
            setting: race.setting.clone(),
            unit: race.unit.into(),
            metric: race.metric,
            figures: Vec::new(),
            goals: race.goals.clone(),
            point: race.point.clone(),
        }
    }
}

struct Limits {
    least: usize,
    most: usize,
    time: Duration,
}

impl Limits {
    fn of(scale: Scale, counts: bool) -> Self {
        let (least, most, millis) = match (counts, scale) {
            (true, _) => (1, 1, 0),
            (false, Scale::Full) => (5, 41, 2_000),
            (false, Scale::Quick) => (3, 15, 250),
        };
        Self {
            least,
            most,
            time: Duration::from_millis(millis),
        }
    }
}

fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted
        .get((last as f64 * at).round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}
