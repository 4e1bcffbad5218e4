use std::fs;
use std::path::Path;

use super::{Mark, Table, all, first_milestone};
use crate::reference::PoolHandle;
use crate::{Info, Level, all_cases};

#[test]
fn first_milestone_has_its_129_numbers_in_order() {
    let all = first_milestone();
    assert_eq!(all.len(), 129);
    assert!(all.is_sorted_by(|a, b| a < b));
}

#[test]
fn there_are_309_laws_in_order_each_with_a_title() {
    let numbers: Vec<u16> = all().iter().map(|law| law.number).collect();
    assert_eq!(numbers, (1..=309).collect::<Vec<_>>());
    for law in all() {
        assert!(
            !law.title.is_empty() && !law.title.ends_with('.') && !law.title.contains('|'),
            "{law:?}"
        );
        assert_ne!(law.mark, Mark::Translated(""));
    }
}

#[test]
fn every_law_has_an_answer_and_every_test_that_is_named_exists() {
    let complaints = table().complaints(root());
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn print_of_the_table_is_up_to_date() {
    let path = root().join("crates/steadfast-conformance/LAWS.md");
    let print = fs::read_to_string(path).expect("the print is there");
    assert!(
        print == table().to_markdown(),
        "run `cargo xtask laws --write`"
    );
}

#[test]
fn table_complains_of_what_is_missing_unknown_and_contradicted() {
    let case = |id, laws| Info {
        id,
        promise: "It holds.",
        level: Level::Must,
        needs: &[],
        laws,
        isolated: false,
    };
    let complaints =
        Table::new([case("system/a", &[48]), case("system/b", &[310])]).complaints(root());
    for text in [
        "system/b cites the law 310",
        "law 48 has a case, and a standing",
        "law 1 has no answer",
    ] {
        assert!(
            complaints.iter().any(|complaint| complaint.contains(text)),
            "{text}: {complaints:#?}"
        );
    }
    let elsewhere = Table::new([]).complaints(Path::new("nowhere"));
    assert!(
        elsewhere
            .iter()
            .any(|complaint| complaint.ends_with("which there is not"))
    );
}

fn table() -> Table {
    Table::new(all_cases::<PoolHandle>().iter().map(|case| case.info))
}

/// The root of the repository.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the crate lies two folders deep")
}
