//! What a figure must show.

use super::rounds::{Figure, Outcome};

/// A bound on what is ours.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    against: Against,
    at_most: f64,
    /// Whose goal it is, if not that of each that is ours.
    of: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum Against {
    /// The ratio to the first contestant.
    Floor,
    /// The ratio to this one.
    Peer(&'static str),
    /// The ratio to the best of those that are not ours.
    Best,
    /// The figure itself.
    Nothing,
    /// How much more it is than that of the first contestant.
    FloorPlus,
}

/// What became of a goal.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) who: String,
    pub(crate) goal: String,
    pub(crate) reached: f64,
    pub(crate) at_most: f64,
}

impl Verdict {
    pub(crate) fn is_met(&self) -> bool {
        self.reached <= self.at_most
    }
}

impl Goal {
    const fn new(against: Against, at_most: f64) -> Self {
        Self {
            against,
            at_most,
            of: None,
        }
    }

    pub(crate) const fn floor(at_most: f64) -> Self {
        Self::new(Against::Floor, at_most)
    }

    pub(crate) const fn peer(name: &'static str, at_most: f64) -> Self {
        Self::new(Against::Peer(name), at_most)
    }

    pub(crate) const fn best(at_most: f64) -> Self {
        Self::new(Against::Best, at_most)
    }

    pub(crate) const fn value(at_most: f64) -> Self {
        Self::new(Against::Nothing, at_most)
    }

    pub(crate) const fn floor_plus(more: f64) -> Self {
        Self::new(Against::FloorPlus, more)
    }

    /// The goal of this contestant alone.
    pub(crate) const fn of(mut self, name: &'static str) -> Self {
        self.of = Some(name);
        self
    }

    /// What became of it; nothing, if whom it names did not take part.
    pub(crate) fn judge(&self, outcome: &Outcome) -> Vec<Verdict> {
        let ours = outcome.figures.iter().filter(|figure| match self.of {
            Some(name) => figure.name == name,
            None => figure.is_ours(),
        });
        ours.filter_map(|figure| {
            let (goal, reached) = self.reached(outcome, figure)?;
            Some(Verdict {
                who: figure.name.clone(),
                goal,
                reached,
                at_most: self.at_most,
            })
        })
        .collect()
    }

    fn reached(&self, outcome: &Outcome, ours: &Figure) -> Option<(String, f64)> {
        let bound = self.at_most;
        let ratio = |peer: &Figure| {
            let text = format!("at most {bound} × {}", peer.name);
            (text, ours.ratio_to(peer))
        };
        match self.against {
            Against::Floor => outcome.figures.first().map(ratio),
            Against::Peer(name) => outcome.figures.iter().find(|f| f.name == name).map(ratio),
            Against::Best => {
                let others = outcome.figures.iter().filter(|figure| !figure.is_ours());
                others
                    .min_by(|a, b| a.median().total_cmp(&b.median()))
                    .map(ratio)
            }
            Against::Nothing => Some((
                format!("at most {bound} {}", outcome.metric.symbol()),
                ours.median(),
            )),
            Against::FloorPlus => {
                let floor = outcome.figures.first()?;
                let text = format!(
                    "at most {bound} {} more than {}",
                    outcome.metric.symbol(),
                    floor.name
                );
                Some((text, ours.median() - floor.median()))
            }
        }
    }
}
