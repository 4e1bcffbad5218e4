//! `steadfast-compat-tokio` under the name `tokio`: what stays as it was, and what is gained.

mod ends;
mod gained;
mod unchanged;
