//! Who notices what: the faults that are planted in the core, and some of those that catch them.

/// For the page of results. The tests below keep it true.
pub(super) const CAUGHT: &str = "
## The faults that are planted, and who notices

Each is planted in the core, in a process of its own. `tests/conformance/nurseries.rs` fails unless every case that it lists with a
fault fails under it, and passes without it. `crates/steadfast-core/src/models/killers.rs` does the same with models, and fails if it
names no model for a race.

| Planted | As | Noticed, among others, by |
|---|---|---|
| a lost wake | `WakesNobody` | `system/cancel-from-foreign-thread`, `cancelling::a_request_meets_a_wait_for_it` |
| | `LeavesQuietly` | `system/exit-waits-for-children`, `exit::the_exit_sees_what_the_last_children_did` |
| | `LooksFirst` | `exit::the_exit_sees_what_the_last_children_did` |
| | `LooksForItsEndFirst` | `cancelling::an_abort_meets_a_child_that_goes_to_sleep` |
| a count taken too early | `CountsTooEarly` | `system/exit-comes-after-captures`, `guests::the_exit_comes_after_the_captures_of_the_last_guest` |
| a clean-up run twice | `CleansUpTwice` | `scope/cleanup-in-drop-order`, `cleaning::a_clean_up_comes_before_its_child_is_counted_out` |
| a clean-up forgotten | `ForgetsCleanUp` | `system/grace-runs-clean-ups`, `cleaning::a_clean_up_comes_before_its_child_is_counted_out` |
| an adoption forgotten | `ForgetsAdoption` | `system/cancel-by-drop-asks-children`, `adopting::a_drop_meets_the_end_of_the_child` |
| an order weakened | `CountsRelaxed` | `exit::the_exit_sees_what_the_last_children_did` |
| | `RequestsRelaxed` | `cancelling::a_request_meets_a_look` |
| | `RefusesRelaxed` | `spawning::a_refusal_comes_after_what_the_last_child_did` |
| | `WakesByALook` | `scopes::two_wakes_meet_in_one_child` |
| a second error lost | `LosesSecondError` | `system/errors-of-body-and-child` |
| a value lost to a request | `CancelBeatsValue` | `system/marks-give-value-first` |
| a shield that leaks | `ShieldLeaks` | `system/shield-in-region-finishes-first` |
| a panic swallowed | `SwallowsPanic` | `system/panic-goes-on-after-everybody` |
| undefined behaviour | `CountsPlainly` | Miri and the thread sanitizer, in this command |
| | `LooksAfterRelease` | Miri and the address sanitizer, in this command |
";

#[cfg(test)]
mod tests {
    use super::CAUGHT;

    const FAULTS: &str = include_str!("../../../crates/steadfast-core/src/faults.rs");
    const MATRIX: &str = include_str!("../../../tests/conformance/nurseries.rs");
    const KILLERS: &str = include_str!("../../../crates/steadfast-core/src/models/killers.rs");

    /// The words between backticks in each row: the fault, and who notices.
    fn rows() -> impl Iterator<Item = Vec<&'static str>> {
        let rows = CAUGHT.lines().filter(|line| line.starts_with("| "));
        let words = rows.map(|row| row.split('`').skip(1).step_by(2).collect::<Vec<_>>());
        words.filter(|words| !words.is_empty())
    }

    #[test]
    fn each_fault_of_the_core_has_its_row() {
        let (_, list) = FAULTS.split_once("pub enum Fault {").unwrap();
        let (list, _) = list.split_once("\n}").unwrap();
        let faults = list
            .lines()
            .filter_map(|line| line.trim().strip_suffix(','));
        let planted: Vec<_> = faults.filter(|line| !line.starts_with("//")).collect();
        assert!(planted.len() > 10, "{planted:?}");
        for fault in planted {
            assert!(rows().any(|row| row[0] == fault), "{fault} has no row");
        }
    }

    #[test]
    fn each_case_and_each_model_is_listed_with_its_fault() {
        for row in rows() {
            let fault = format!("Fault::{}", row[0]);
            for notices in &row[1..] {
                let (text, end) = match notices.contains("::") {
                    true => (KILLERS, "\n}"),
                    false => (MATRIX, "\n    ),"),
                };
                // A block begins with its test's attribute or its row's bracket, and says both.
                let mut blocks = text.split(end);
                let listed = |block: &str| block.contains(&fault) && block.contains(notices);
                assert!(blocks.any(listed), "{notices} is not listed with {fault}");
            }
        }
    }
}
