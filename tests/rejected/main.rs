//! Programs that the types must refuse, each beside its accepted twin: the smallest change that compiles.
//!
//! `rejected/x.rs` does not compile, and `rejected/x.stderr` is what its author reads; `accepted/x.rs` is compiled into this
//! target and runs. Compilers word their messages differently, so that the texts are compared on one of them ([`COMPILER`],
//! without the component `rust-src`); on the others the accepted programs alone are checked. `TRYBUILD=overwrite` writes the
//! texts anew.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The compiler that has written the `.stderr` files.
const COMPILER: &str = "rustc 1.95.";

/// Compiles each program into a module of its own, and runs its `main` as a test.
macro_rules! accepted {
    ($($program:ident)*) => {
        const ACCEPTED: &[&str] = &[$(stringify!($program)),*];

        $(mod $program {
            include!(concat!("accepted/", stringify!($program), ".rs"));

            #[test]
            fn runs() {
                main();
            }
        })*
    };
}

accepted! {
    async_drop_is_not_send
    block_scope_child_borrows_a_local_of_the_body
    block_scope_child_is_not_send
    block_scope_handle_escapes
    block_scope_lends_to_two_children
    body_has_another_error_than_its_children
    body_is_not_async
    builder_is_run_twice
    cancelled_is_made_by_hand
    child_borrows_a_local_of_the_body
    child_borrows_a_local_of_the_caller
    child_fails_in_a_plain_nursery
    child_gives_way_where_its_nursery_has_another_error
    child_has_another_error
    child_is_a_closure
    child_is_no_future
    child_is_not_send
    child_with_a_handle_has_an_error_without_debug
    child_with_a_handle_returns_a_plain_value
    child_with_a_handle_returns_a_plain_value_first
    child_without_a_handle_is_joined
    child_without_a_handle_returns_a_value
    guard_is_used_after_close
    guard_is_used_after_into_inner
    guard_of_a_value_without_async_drop
    handle_of_a_child_is_aborted
    handle_of_a_child_is_joined
    handle_of_a_child_is_not_used
    lent_data_are_changed
    lent_data_are_not_sync
    loop_has_a_time_limit
    loop_has_a_time_limit_by_assertion
    loop_is_in_a_race
    loop_is_joined
    loop_is_spawned
    macro_fails_in_a_handler
    macro_returns_from_a_handler
    main_is_not_async
    main_names_an_unknown_runtime
    main_names_no_runtime
    main_names_two_runtimes
    map_concurrent_borrows
    must_complete_borrows
    nursery_holds_an_rc
    nursery_is_awaited_twice
    nursery_is_closed_by_a_handle
    nursery_is_not_awaited
    race_over_nothing
    ready_is_reported_twice
    scope_body_is_an_async_fn_bound
    scope_child_borrows_a_local_of_the_body
    scope_child_is_not_send
    scope_child_reports_what_it_borrows
    scope_grandchild_borrows_a_local_of_a_child
    scope_handle_escapes
    scope_has_no_blocking_children
    scope_is_entered_by_two_tasks
    scope_lends_to_two_children
    scope_local_is_spawned
    scope_outlives_its_data
    source_of_a_loop_is_a_future
    source_of_a_loop_is_not_send
    test_takes_arguments
    timeout_over_unmarked_work
}

#[test]
fn rejected_programs() {
    match obstacle() {
        None => trybuild::TestCases::new().compile_fail("rejected/rejected/*.rs"),
        Some(why) => println!("skipped, for the texts are those of `{COMPILER}`: {why}"),
    }
}

#[test]
fn each_rejected_program_has_an_accepted_twin_and_a_text() {
    let rejected = names("rejected/rejected", ".rs");
    let included = ACCEPTED.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(rejected, included);
    assert_eq!(rejected, names("rejected/accepted", ".rs"));
    assert_eq!(rejected, names("rejected/rejected", ".stderr"));
}

/// Why the texts would be others here, if they would.
fn obstacle() -> Option<String> {
    let version = ask_compiler(&["--version"]);
    if !version.starts_with(COMPILER) {
        return Some(format!("this is `{version}`"));
    }
    let sources = Path::new(&ask_compiler(&["--print", "sysroot"])).join("lib/rustlib/src/rust");
    sources
        .exists()
        .then(|| String::from("the component `rust-src` adds lines of the standard library"))
}

fn ask_compiler(question: &[&str]) -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let answer = Command::new(rustc).args(question).output();
    let text = answer.expect("there is a compiler").stdout;
    String::from_utf8(text)
        .expect("an answer is text")
        .trim_end()
        .to_owned()
}

fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    fs::read_dir(folder)
        .expect("tests run in the folder of their package")
        .filter_map(|entry| entry.expect("a file").file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect()
}
