//! Loops that `merge!` and `for_await!` refuse, and with which words.
//!
//! Each program in `loops/rejected` has a twin in `loops/accepted` that differs in nothing but what is refused. The words are
//! the macros' own; `TRYBUILD=overwrite` writes them anew.
#![cfg(feature = "tokio")]

#[test]
fn a_loop_refuses_what_it_cannot_keep() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/loops/rejected/*.rs");
    cases.pass("tests/loops/accepted/*.rs");
}
