//! The database, on the threads that tokio has for blocking work.

use std::io;
use std::sync::Arc;

use kv_shared::{Op, Sqlite, Store};
use tokio::task;

/// Does the work by `spawn_blocking`.
#[derive(Debug)]
pub struct Blocking(Arc<Sqlite>);

impl Blocking {
    /// A store in this database.
    pub fn new(database: Sqlite) -> Self {
        Self(Arc::new(database))
    }
}

impl Store for Blocking {
    async fn run<T, W>(&self, _: Op, work: W) -> io::Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Sqlite) -> rusqlite::Result<T> + Send + 'static,
    {
        let database = Arc::clone(&self.0);
        let done = task::spawn_blocking(move || work(&database)).await?;
        done.map_err(io::Error::other)
    }
}
