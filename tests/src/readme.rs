//! The programs of the README, each compiled and run as a doc test.
#![doc = include_str!("../../README.md")]
