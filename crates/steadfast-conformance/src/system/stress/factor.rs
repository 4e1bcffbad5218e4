//! How much: one factor scales every case of this group.

use std::sync::OnceLock;

use crate::probe::{many, release};

/// The environment variable that holds the factor, a whole number from one up.
const FACTOR: &str = "STEADFAST_STRESS";

/// What is done [`many`] times at factor one. No factor makes more of a case that is broken off.
pub(super) fn much(full: usize) -> usize {
    if release::is_listening() {
        return many(full);
    }
    static TIMES: OnceLock<usize> = OnceLock::new();
    scaled(
        full,
        *TIMES.get_or_init(|| times(std::env::var(FACTOR).ok().as_deref())),
    )
}

/// `much(all)` numbers below `all`: all of them, several times if there is more to do, or a selection if less.
pub(super) fn spread(all: usize) -> impl Iterator<Item = usize> {
    spread_over(all, much(all))
}

fn scaled(full: usize, times: usize) -> usize {
    many(full).saturating_mul(times)
}

fn times(factor: Option<&str>) -> usize {
    let Some(factor) = factor else { return 1 };
    match factor.parse() {
        Ok(times) if times > 0 => times,
        _ => panic!("{FACTOR} is {factor:?}; give it a whole number from one up"),
    }
}

fn spread_over(all: usize, rounds: usize) -> impl Iterator<Item = usize> {
    (0..rounds).map(move |round| {
        if rounds < all {
            round * all / rounds
        } else {
            round % all
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{many, scaled, spread_over, times};

    #[test]
    fn one_factor_scales_what_is_done() {
        let factors = [None, Some("1"), Some("3")].map(times);
        assert_eq!(
            factors.map(|times| scaled(1_000, times)),
            [many(1_000), many(1_000), 3 * many(1_000)]
        );
    }

    #[test]
    #[should_panic(expected = "STEADFAST_STRESS is \"0.5\"")]
    fn a_factor_that_is_no_whole_number_is_refused_in_words() {
        times(Some("0.5"));
    }

    #[test]
    fn numbers_are_spread_over_the_rounds() {
        assert_eq!(spread_over(8, 4).collect::<Vec<_>>(), [0, 2, 4, 6]);
        assert_eq!(spread_over(3, 6).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2]);
    }

    /// A case that repeats a number of its own does not scale.
    #[test]
    fn every_case_of_the_group_is_scaled() {
        let files = [include_str!("../stress.rs"), include_str!("matrix.rs")];
        let cases: Vec<&str> = files
            .iter()
            .flat_map(|file| file.split("#[case(").skip(1))
            .collect();
        assert!(cases.len() > 9);
        for case in cases {
            let (id, body) = case.split_once(',').expect("a case has more than an id");
            assert!(
                body.contains("much(") || body.contains("spread("),
                "{id} is not scaled"
            );
        }
    }
}
