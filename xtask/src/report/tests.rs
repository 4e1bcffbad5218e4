use super::{Section, Step, select, summary};
use crate::{shell::Failure, tally::Tally};

const STEPS: &[Step] = &[step("lint"), step("unit"), step("doc")];

const fn step(name: &'static str) -> Step {
    Step {
        name,
        title: "",
        body: |_| {},
    }
}

fn counted(passed: usize, failed: usize, skipped: usize) -> Section {
    let mut section = Section::default();
    let tests = Tally {
        passed,
        failed,
        skipped,
    };
    let end = if failed == 0 {
        Ok(())
    } else {
        Err(Failure::new("the command failed".into()))
    };
    section.count(tests, end);
    section
}

fn closing_line(sections: &[(&Step, Section)]) -> String {
    let text = summary(sections);
    let closing = |line: &&str| Tally::from_closing_line(line).is_some();
    let lines: Vec<&str> = text.lines().filter(closing).collect();
    assert_eq!(lines.len(), 1, "one closing line alone:\n{text}");
    assert_eq!(text.lines().last(), Some(lines[0]), "and it is the last");
    lines[0].to_owned()
}

#[test]
fn the_closing_line_adds_up_the_tests_of_all_sections() {
    let sections = [
        (&STEPS[0], Section::default()),
        (&STEPS[1], counted(10, 2, 0)),
        (&STEPS[2], counted(5, 0, 1)),
    ];
    assert_eq!(closing_line(&sections), "15 passed, 2 failed, 1 skipped");
}

#[test]
fn a_section_that_fails_without_a_failing_test_counts_as_one_failure() {
    let mut lint = Section::default();
    lint.fail("a lint");
    let sections = [(&STEPS[0], lint), (&STEPS[1], counted(7, 0, 0))];
    assert_eq!(closing_line(&sections), "7 passed, 1 failed, 0 skipped");
}

#[test]
fn a_test_section_without_tests_fails() {
    assert!(!counted(0, 0, 0).passed());
    assert!(counted(0, 0, 1).passed());
}

#[test]
fn a_failed_test_fails_the_section_even_when_the_command_says_otherwise() {
    let mut section = Section::default();
    let tests = Tally::from_closing_line("1 passed, 1 failed, 0 skipped").unwrap();
    section.count(tests, Ok(()));
    assert!(!section.passed());
}

#[test]
fn the_summary_names_failures_and_notes_under_their_section() {
    let mut lint = Section::default();
    lint.fail("a lint");
    lint.note("a remark");
    let text = summary(&[(&STEPS[0], lint)]);
    assert!(text.contains("lint         FAILED"), "{text}");
    assert!(
        text.contains("    failed: a lint\n    note: a remark\n"),
        "{text}"
    );
}

fn selected(args: &[&str]) -> Result<Vec<&'static str>, String> {
    let args: Vec<String> = args.iter().map(ToString::to_string).collect();
    let steps = select(STEPS, &[("test", &STEPS[1..])], &args)?;
    Ok(steps.iter().map(|step| step.name).collect())
}

#[test]
fn only_keeps_the_order_of_the_pipeline() {
    assert_eq!(selected(&[]).unwrap(), ["lint", "unit", "doc"]);
    assert_eq!(
        selected(&["--only", "doc", "--only", "lint"]).unwrap(),
        ["lint", "doc"]
    );
    assert_eq!(selected(&["--only", "test"]).unwrap(), ["unit", "doc"]);
}

#[test]
fn a_wrong_argument_is_an_error() {
    assert!(selected(&["--only"]).is_err());
    assert!(selected(&["--only", "nothing"]).is_err());
    assert!(selected(&["unit"]).is_err());
}
