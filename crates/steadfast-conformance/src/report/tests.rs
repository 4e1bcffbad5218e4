use super::{Finding, Outcome, Report, quoted};
use crate::Capability;
use crate::suite::{Info, Level};

fn finding(id: &'static str, level: Level, laws: &'static [u16], outcome: Outcome) -> Finding {
    let needs: &[Capability] = match outcome {
        Outcome::Skipped(_) => &[Capability::Shutdown],
        _ => &[],
    };
    let info = Info {
        id,
        promise: "It holds.",
        level,
        needs,
        laws,
        isolated: false,
    };
    Finding { info, outcome }
}

#[test]
fn failed_should_is_counted_and_still_conforms() {
    let failed = Outcome::Failed("no".to_owned());
    let should = Report::new(
        "x",
        vec![finding("a/b", Level::Should, &[], failed.clone())],
    );
    assert!(should.conforms() && should.failed() == 1);
    let must = Report::new("x", vec![finding("a/b", Level::Must, &[], failed)]);
    assert!(!must.conforms());
    assert_eq!(
        must.statement(),
        "x does not conform to steadfast-conformance 0.1.0: 0 passed, 1 failed, 0 skipped"
    );
}

#[test]
fn only_passed_cases_cover_laws() {
    let report = Report::new(
        "x",
        vec![
            finding("a/b", Level::Must, &[1, 2], Outcome::Passed),
            finding("a/c", Level::Must, &[3], Outcome::Failed("no".to_owned())),
            finding(
                "a/d",
                Level::Must,
                &[4],
                Outcome::Skipped(Capability::Shutdown),
            ),
        ],
    );
    assert_eq!(
        report.laws_covered().into_iter().collect::<Vec<_>>(),
        [1, 2]
    );
    assert!(report.laws_not_covered().contains(&3) && report.laws_not_covered().contains(&4));
    assert_eq!(report.laws_not_covered().len(), 127);
    assert!(report.to_string().contains("a/d: needs shutdown"));
}

#[test]
fn json_has_every_outcome() {
    let report = Report::new(
        "x",
        vec![
            finding(
                "a/b",
                Level::Must,
                &[7],
                Outcome::Failed("\"no\"".to_owned()),
            ),
            finding(
                "a/c",
                Level::Capability,
                &[],
                Outcome::Skipped(Capability::Shutdown),
            ),
        ],
    );
    let json = report.to_json();
    assert!(json.ends_with(
        "\"cases\":[{\"id\":\"a/b\",\"promise\":\"It holds.\",\"level\":\"must\",\"needs\":[],\"laws\":[7],\
         \"outcome\":\"failed\",\"reason\":\"\\\"no\\\"\"},{\"id\":\"a/c\",\"promise\":\"It holds.\",\
         \"level\":\"capability\",\"needs\":[\"shutdown\"],\"laws\":[],\"outcome\":\"skipped\",\"missing\":\"shutdown\"}]}"
    ), "{json}");
}

#[test]
fn json_strings_are_escaped() {
    assert_eq!(
        quoted("a\"b\\c\nd\u{1}\u{e9}"),
        "\"a\\\"b\\\\c\\nd\\u0001\u{e9}\""
    );
}
