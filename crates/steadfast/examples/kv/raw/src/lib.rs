//! A key-value server over TCP, with its data in SQLite: as it is written for tokio today.
#![forbid(unsafe_code)]
#![allow(
    clippy::missing_errors_doc,
    reason = "an example: its errors are those of sockets and SQLite"
)]

mod connection;
mod request;
mod server;
mod session;
mod store;

pub use server::serve;
pub use store::Blocking;
