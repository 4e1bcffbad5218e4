//! tokio, whose tasks belong to a steadfast nursery.
//!
//! Not named by its own name: a program takes it in the place of tokio, by a rename in its manifest, and stays as it is.
//!
//! ```toml
//! [dependencies]
//! tokio = { package = "steadfast-compat-tokio", version = "0.1", features = ["full"] }
//! ```
//!
//! Everything is tokio's, re-exported, with tokio's types; what starts a task or a runtime is replaced: [`spawn`], the
//! functions of [`task`], [`task::JoinSet`], [`task::LocalSet`], [`runtime::Runtime`] and its builder, and by these
//! `#[tokio::main]` and `#[tokio::test]`.
//!
//! # What a task gains
//!
//! A task **belongs** to the nursery in which its spawner runs; outside of every nursery, to the root that each
//! [`runtime::Runtime`] has. So it is in the live tree, with the line that spawned it; it inherits the deadlines and the
//! requests to end of the scope that spawned it; nurseries and scopes that it opens are adopted when it is aborted; and the
//! `AsyncDrop` guards that it drops are cleaned up before its `JoinHandle` is ready. A nursery of steadfast's waits for the tasks
//! that are spawned in it.
//!
//! # What stays
//!
//! All that tokio promises: `abort` drops the task at its next await, a dropped handle leaves it running, its panic is its
//! handle's alone, it is `'static`. Nobody is stopped by a request who does not ask for it.
//!
//! # The end of the program
//!
//! When a [`runtime::Runtime`] is dropped, as at the end of `main`, tokio drops the tasks that still run, wherever they stand.
//! [`AtEnd`] says what becomes of them here; by default they are named in a report first.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use tokio::*;

mod at_end;
mod guest;
mod root;

pub mod runtime;
pub mod task;

pub use self::at_end::AtEnd;
pub use self::task::spawn;
