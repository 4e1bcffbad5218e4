//! Options and functions that `#[steadfast::main]` and `#[steadfast::test]` refuse, and with which words.
//!
//! Each program in `options/rejected` has a twin in `options/accepted` that differs in nothing but what is refused. The words are
//! the macros' own; `TRYBUILD=overwrite` writes them anew.
#![cfg(all(feature = "tokio", feature = "smol", feature = "sim"))]

#[test]
fn an_attribute_refuses_what_it_cannot_run() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/options/rejected/*.rs");
    cases.pass("tests/options/accepted/*.rs");
}
