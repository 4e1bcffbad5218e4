//! The numbers of the laws that the suite is measured against.

use core::ops::RangeInclusive;

/// The behaviours of the first milestone: 129 of the 309 that the list of laws has.
#[must_use]
pub fn first_milestone() -> Vec<u16> {
    RANGES.iter().cloned().flatten().collect()
}

const RANGES: &[RangeInclusive<u16>] = &[
    // Exit and wait.
    1..=4,
    6..=9,
    12..=13,
    // Errors.
    18..=22,
    26..=29,
    31..=31,
    43..=46,
    // Panics.
    49..=49,
    51..=52,
    // Cancellation.
    60..=65,
    68..=69,
    74..=77,
    80..=84,
    87..=89,
    92..=92,
    94..=95,
    97..=97,
    // Deadlines.
    104..=106,
    109..=110,
    112..=114,
    116..=116,
    118..=118,
    120..=123,
    // Shields.
    134..=139,
    142..=146,
    151..=151,
    // Nesting.
    161..=161,
    163..=163,
    165..=165,
    // Start handshake.
    167..=167,
    169..=175,
    // Handles.
    186..=186,
    189..=190,
    192..=192,
    // Context.
    209..=209,
    // Misuse.
    217..=217,
    219..=222,
    224..=224,
    234..=234,
    // Clean-up.
    241..=249,
    251..=251,
    254..=254,
    258..=258,
    // Stress.
    266..=267,
    269..=269,
    // The test kit.
    287..=289,
    292..=293,
    // Rust only.
    295..=303,
];

#[cfg(test)]
mod tests {
    #[test]
    fn first_milestone_has_its_129_numbers_in_order() {
        let all = super::first_milestone();
        assert_eq!(all.len(), 129);
        assert!(all.is_sorted_by(|a, b| a < b));
    }
}
