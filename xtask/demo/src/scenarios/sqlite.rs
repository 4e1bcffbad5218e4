//! Detached: sqlx closes a SQLite handle on another thread after the handle was dropped, so that whoever opens the file
//! next may find it still open.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use steadfast::{AsyncDrop, AsyncDropGuard, settle};

use crate::runtime::Runtime;
use crate::scenario::{Failure, Observation, Scenario, Side};

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "sqlite",
    title: "Detached: a SQLite file is opened again right after its handle was dropped",
    raw,
    steadfast,
};

#[derive(Default)]
struct Seen {
    opened: usize,
    refused: usize,
}

impl Observation for Seen {
    fn is_clean(&self) -> bool {
        self.opened == ROUNDS && self.refused == 0
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.opened + self.refused;
        write!(
            f,
            "opened again {rounds} times, {} refused as locked",
            self.refused
        )
    }
}

fn raw(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    runtime.block_on(observe(Database::new(runtime, Side::Raw)?, with_drop))
}

fn steadfast(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    let database = Database::new(runtime, Side::Steadfast)?;
    runtime.run_steadfast(observe(database, with_async_drop))
}

async fn with_drop(mut handle: SqliteConnection) -> sqlx::Result<()> {
    write_rows(&mut handle).await?;
    drop(handle);
    Ok(())
}

async fn with_async_drop(handle: SqliteConnection) -> sqlx::Result<()> {
    let mut handle = AsyncDropGuard::new(Handle(Some(handle)));
    write_rows(handle.connection()).await?;
    drop(handle);
    settle().await;
    Ok(())
}

/// A handle whose clean-up closes it and waits until it is closed.
struct Handle(Option<SqliteConnection>);

impl Handle {
    fn connection(&mut self) -> &mut SqliteConnection {
        self.0.as_mut().expect("only the clean-up takes it")
    }
}

impl AsyncDrop for Handle {
    async fn async_drop(mut self: Pin<&mut Self>) {
        if let Some(connection) = self.0.take() {
            // A handle that could not be closed shows when the file is opened again.
            let _ = connection.close().await;
        }
    }
}

/// Opens the file for `user`, which drops the handle, and tries at once to open it again; all that many times.
async fn observe(
    database: Database,
    user: impl AsyncFn(SqliteConnection) -> sqlx::Result<()>,
) -> Result<Box<dyn Observation>, Failure> {
    let mut seen = Seen::default();
    for _ in 0..ROUNDS {
        user(database.open(Patience::Waits).await?).await?;
        seen.count(database.open(Patience::None).await).await?;
    }
    Ok(Box::new(seen))
}

impl Seen {
    /// Counts one try to open the file again. Closes the handle properly, if the try gave one.
    async fn count(&mut self, again: sqlx::Result<SqliteConnection>) -> sqlx::Result<()> {
        match again {
            Ok(handle) => {
                self.opened += 1;
                handle.close().await
            }
            Err(error) if is_locked(&error) => {
                self.refused += 1;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.and_then(|code| code.parse::<u32>().ok());
    // The low byte of an extended code is the primary one.
    code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

/// A database file in a directory of its own, which goes when this is dropped.
struct Database {
    directory: PathBuf,
}

/// How long to wait for a lock that somebody else holds.
enum Patience {
    /// Not at all.
    None,
    /// Until the handle of the round before is surely closed.
    Waits,
}

impl Database {
    fn new(runtime: Runtime, side: Side) -> std::io::Result<Database> {
        let (process, runtime, side) = (std::process::id(), runtime.name(), side.name());
        let directory =
            std::env::temp_dir().join(format!("steadfast-demo-{process}-{runtime}-{side}"));
        fs::create_dir_all(&directory)?;
        Ok(Database { directory })
    }

    /// Opens the file for this handle alone: no second handle can use it before this one is closed.
    async fn open(&self, patience: Patience) -> sqlx::Result<SqliteConnection> {
        let busy_timeout = match patience {
            Patience::None => Duration::ZERO,
            Patience::Waits => Duration::from_secs(60),
        };
        let mut handle = SqliteConnectOptions::new()
            .filename(self.directory.join("orders.db"))
            .create_if_missing(true)
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(busy_timeout)
            .connect()
            .await?;
        sqlx::raw_sql(CREATE).execute(&mut handle).await?;
        Ok(handle)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A handle that is still open may keep the directory alive on some systems; it is a temporary one.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Leaves more than a megabyte in the write-ahead log, which the closing of the handle moves into the file.
async fn write_rows(handle: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::raw_sql(INSERT).execute(handle).await.map(drop)
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, body BLOB)";
const INSERT: &str = "INSERT OR REPLACE INTO orders (id, body)
    WITH RECURSIVE ids(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 400)
    SELECT id, randomblob(4096) FROM ids";
const SQLITE_BUSY: u32 = 5;
const ROUNDS: usize = 20;
