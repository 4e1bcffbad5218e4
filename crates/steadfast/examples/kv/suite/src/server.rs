//! A server of some form, in a thread of its own.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use kv_shared::{Limits, Sqlite, Summary};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::client::Client;
use crate::faulty::Script;
use crate::forms::Form;

/// What a form is started with.
pub(crate) struct Start {
    pub(crate) listener: TcpListener,
    pub(crate) database: Sqlite,
    pub(crate) script: Arc<Script>,
    pub(crate) limits: Limits,
    pub(crate) shutdown: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// How things stood when `serve` returned.
pub(crate) struct Ended {
    pub(crate) summary: Summary,
    /// Sessions that were open.
    pub(crate) sessions: usize,
    /// Work that was waiting at a gate.
    pub(crate) waiting: usize,
}

/// A server that runs.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) script: Arc<Script>,
    shutdown: oneshot::Sender<()>,
    thread: JoinHandle<io::Result<Ended>>,
}

impl Server {
    /// One with a database in `directory`, and limits that no test comes to, save those that `limit` sets.
    pub(crate) fn start(form: &Form, directory: &TempDir, limit: fn(&mut Limits)) -> Self {
        let hour = std::time::Duration::from_secs(3600);
        let mut limits = Limits {
            connections: 64,
            request: hour,
            idle: hour,
            drain: hour,
            checkpoint: hour,
        };
        limit(&mut limits);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, asked) = oneshot::channel();
        let script = Arc::new(Script::default());
        let start = Start {
            listener,
            database: database(directory.path()),
            script: Arc::clone(&script),
            limits,
            shutdown: Box::pin(async { _ = asked.await }),
        };
        let run = form.run;
        Self {
            address,
            script,
            shutdown,
            thread: thread::spawn(move || run(start)),
        }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Asks it to end.
    pub(crate) fn shut_down(self) -> Ending {
        self.shutdown.send(()).unwrap();
        Ending(self.thread)
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn stop(self) -> Ended {
        self.shut_down().wait()
    }
}

/// A server that has been asked to end.
pub(crate) struct Ending(JoinHandle<io::Result<Ended>>);

impl Ending {
    /// Waits until it has ended, and its runtime, too.
    pub(crate) fn wait(self) -> Ended {
        self.0.join().unwrap().unwrap()
    }
}

/// The database in a directory.
pub(crate) fn database(directory: &Path) -> Sqlite {
    Sqlite::open(&directory.join("kv.sqlite")).unwrap()
}
