//! What the README says that its first program prints, it prints.
#![forbid(unsafe_code)]

use std::process::Command;

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = include_str!("program.rs");

/// Where the program lies here, and where the README says that it lies.
const PLACES: [&str; 2] = ["tests/readme/program.rs", "src/main.rs"];

#[test]
fn the_program_is_that_of_the_readme() {
    assert_eq!(first_block("rust"), PROGRAM);
}

#[test]
fn it_prints_what_the_readme_says() {
    let program = Command::new(env!("CARGO_BIN_EXE_readme")).output();
    let printed = String::from_utf8(program.expect("the program starts").stdout);
    let [here, there] = PLACES;
    let printed = printed.expect("it prints text").replace(here, there);
    assert_eq!(printed, first_block("text"));
}

fn first_block(language: &str) -> &str {
    let (_, rest) = README
        .split_once(&format!("```{language}\n"))
        .expect("the README has such a block");
    rest.split_once("```").expect("the block ends").0
}
