//! What all forms of the server share, and what none of the steps touches: the protocol, the database, and the limits. None of it
//! awaits.
#![forbid(unsafe_code)]
#![allow(
    clippy::missing_errors_doc,
    reason = "an example: its errors are those of SQLite"
)]

mod limits;
mod protocol;
mod store;
mod summary;

pub use limits::Limits;
pub use protocol::{Bad, Decoder, Key, MAX_KEY, MAX_VALUE, Reply, Request};
pub use store::{Op, Sqlite, Store};
pub use summary::{Summary, Tally};
