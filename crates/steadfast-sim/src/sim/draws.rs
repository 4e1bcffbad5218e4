//! What chance has decided in a run, to tell which other seeds decide the same.

use fastrand::Rng;

/// What chance has decided in a run in which nothing else did.
///
/// For a suite that runs many seeds: a run in which every draw comes out as in another one is that run again.
#[doc(hidden)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draws(Vec<Draw>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Draw {
    bound: u64,
    drawn: u64,
}

impl Draws {
    pub(super) fn note(&mut self, bound: u64, drawn: u64) {
        self.0.push(Draw { bound, drawn });
    }

    /// Whether a run with `seed` draws the same.
    #[must_use]
    pub fn would_come_of(&self, seed: u64) -> bool {
        let mut rng = Rng::with_seed(seed);
        let mut draws = self.0.iter();
        draws.all(|draw| rng.u64(..draw.bound) == draw.drawn)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use steadfast_core::Entry;

    use super::Draws;
    use crate::kit::{Gate, start, yield_once};
    use crate::{Policy, Sim};

    fn sim(seed: u64) -> Sim {
        let sim = Sim::builder().policy(Policy::Random).seed(seed);
        sim.traced().keeping_draws().build()
    }

    /// The draws of a run of a task beside the main future, and what happened in it.
    fn run(seed: u64) -> (Draws, String) {
        let sim = sim(seed);
        let tasks = [(); 1].map(|()| start(&sim.handle(), yield_once()));
        sim.block_on(async {
            for task in tasks {
                task.wait().await.expect("nobody drops it");
            }
        });
        let draws = sim.handle().draws().expect("chance alone decides");
        (draws, sim.trace().to_string())
    }

    #[test]
    fn seeds_that_draw_the_same_make_the_same_run_and_others_another() {
        let (draws, trace) = run(0);
        let (mut same, mut others) = (0, 0);
        for seed in 0..400 {
            let comes = draws.would_come_of(seed);
            assert_eq!(comes, run(seed).1 == trace, "seed {seed}");
            if comes { same += 1 } else { others += 1 }
        }
        assert!(same > 1 && others > 1, "{same}, {others}");
    }

    #[test]
    fn a_run_in_which_another_thread_has_a_say_is_like_no_other() {
        let sim = sim(0);
        let (handle, gate) = (sim.handle(), Gate::new());
        sim.block_on(yield_once());
        assert!(handle.draws().is_some());
        let (runtime, opens) = (sim.handle(), gate.clone());
        let spawns = move || start(&runtime, async move { opens.open() });
        let task = thread::spawn(spawns)
            .join()
            .expect("the simulator is there");
        sim.block_on(task.wait()).expect("nobody drops it");
        assert!(gate.is_open() && handle.draws().is_none());
    }
}
