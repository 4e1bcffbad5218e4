//! The server after step three: no task outlives the call that started it. Modules without a path are those that the step touches.
#![forbid(unsafe_code)]
#![allow(
    clippy::missing_errors_doc,
    reason = "an example: its errors are those of sockets and SQLite"
)]

mod connection;
#[path = "../../step1-requests/src/request.rs"]
mod request;
mod server;
#[path = "../../step2-sessions/src/session.rs"]
mod session;
#[path = "../../raw/src/store.rs"]
mod store;

pub use server::serve;
pub use store::Blocking;
