//! The database: synchronous, as SQLite is. How its work gets away from the threads that poll tasks is the matter of each form.

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Result, params};

/// Keys and their values, and who is connected, in a file.
#[derive(Debug)]
pub struct Sqlite(Mutex<Connection>);

impl Sqlite {
    /// Opens the file, and makes it if need be. Sessions that an earlier server left open stay open, for somebody to look at.
    pub fn open(path: &Path) -> io::Result<Self> {
        let connection = Connection::open(path).map_err(io::Error::other)?;
        let tables = "
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS pairs (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS sessions (id INTEGER PRIMARY KEY, peer TEXT NOT NULL);";
        connection.execute_batch(tables).map_err(io::Error::other)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let query = "SELECT value FROM pairs WHERE key = ?1";
        self.lock()
            .query_row(query, [key], |row| row.get(0))
            .optional()
    }

    /// Gives a key a value.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<()> {
        let statement = "INSERT OR REPLACE INTO pairs (key, value) VALUES (?1, ?2)";
        self.lock().execute(statement, params![key, value])?;
        Ok(())
    }

    /// Forgets a key; whether there was one.
    pub fn del(&self, key: &str) -> Result<bool> {
        let count = self
            .lock()
            .execute("DELETE FROM pairs WHERE key = ?1", [key])?;
        Ok(count > 0)
    }

    /// Notes that a client has come, and gives it a number.
    pub fn open_session(&self, peer: &str) -> Result<i64> {
        let connection = self.lock();
        connection.execute("INSERT INTO sessions (peer) VALUES (?1)", [peer])?;
        Ok(connection.last_insert_rowid())
    }

    /// Notes that it has gone.
    pub fn close_session(&self, id: i64) -> Result<()> {
        self.lock()
            .execute("DELETE FROM sessions WHERE id = ?1", [id])?;
        Ok(())
    }

    /// How many clients have come and not gone.
    pub fn sessions(&self) -> Result<u64> {
        let query = "SELECT COUNT(*) FROM sessions";
        self.lock().query_row(query, [], |row| row.get(0))
    }

    /// Folds the log of the database into its file.
    pub fn checkpoint(&self) -> Result<()> {
        self.lock()
            .query_row("PRAGMA wal_checkpoint", [], |_| Ok(()))
    }

    /// Each statement stands alone, so that a panic elsewhere has broken nothing.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What work on the database is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "as the methods of `Sqlite` are called")]
pub enum Op {
    Get,
    Set,
    Del,
    Open,
    Close,
    Checkpoint,
}

/// Does work on a database, away from the threads that poll tasks.
pub trait Store: Send + Sync + 'static {
    /// Does `work`.
    fn run<T, W>(&self, op: Op, work: W) -> impl Future<Output = io::Result<T>> + Send
    where
        T: Send + 'static,
        W: FnOnce(&Sqlite) -> Result<T> + Send + 'static;
}
