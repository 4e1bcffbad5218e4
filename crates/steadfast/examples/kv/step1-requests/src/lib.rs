//! The server after step one: a request is asked to end, and never cut short. Modules without a path are those that the step touches.
#![forbid(unsafe_code)]
#![allow(
    clippy::missing_errors_doc,
    reason = "an example: its errors are those of sockets and SQLite"
)]

mod connection;
mod request;
#[path = "../../raw/src/server.rs"]
mod server;
#[path = "../../raw/src/session.rs"]
mod session;
#[path = "../../raw/src/store.rs"]
mod store;

pub use server::serve;
pub use store::Blocking;
