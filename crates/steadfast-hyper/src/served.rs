//! What became of the connections.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a server has done, by the time it has returned.
///
/// Every connection that was accepted is in one of `finished`, `failed`, `panicked` and `cut`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Served {
    /// Connections that were accepted.
    pub connections: u64,
    /// Requests that were handed to a service.
    pub requests: u64,
    /// Requests whose service had an answer. The others ended with an error or a panic of it, were cut, or nobody waited any more.
    pub answered: u64,
    /// Connections that came to their end, by whichever side.
    pub finished: u64,
    /// Connections that ended with an error: of the network, of the protocol, or of a service.
    pub failed: u64,
    /// Connections that ended with the panic of a handler. With HTTP/2, it ends the request alone, and is not counted here.
    pub panicked: u64,
    /// Connections that were dropped before they had finished, because the grace was over. With HTTP/2, the requests may have been
    /// dropped a moment before, so that their connection has finished.
    pub cut: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    connections: AtomicU64,
    requests: AtomicU64,
    answered: AtomicU64,
    finished: AtomicU64,
    failed: AtomicU64,
    panicked: AtomicU64,
    cut: AtomicU64,
}

impl Counters {
    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(crate) fn count_answer(&self) {
        self.answered.fetch_add(1, Relaxed);
    }

    /// Relaxed is enough: whoever reads has waited for the nursery, which orders everything before it.
    pub(crate) fn read(&self) -> Served {
        Served {
            connections: self.connections.load(Relaxed),
            requests: self.requests.load(Relaxed),
            answered: self.answered.load(Relaxed),
            finished: self.finished.load(Relaxed),
            failed: self.failed.load(Relaxed),
            panicked: self.panicked.load(Relaxed),
            cut: self.cut.load(Relaxed),
        }
    }

    /// Counts a connection, and soon how it ended.
    pub(crate) fn open(&self) -> Opened<'_> {
        self.connections.fetch_add(1, Relaxed);
        Opened(Some(self))
    }
}

/// A connection that has not ended.
pub(crate) struct Opened<'a>(Option<&'a Counters>);

impl Opened<'_> {
    pub(crate) fn ended(mut self, well: bool) {
        if let Some(counters) = self.0.take() {
            let how = if well {
                &counters.finished
            } else {
                &counters.failed
            };
            how.fetch_add(1, Relaxed);
        }
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        if let Some(counters) = self.0.take() {
            let how = if std::thread::panicking() {
                &counters.panicked
            } else {
                &counters.cut
            };
            how.fetch_add(1, Relaxed);
        }
    }
}

/// A connection that ended with an error of the network, of the protocol, or of its service.
#[derive(Debug)]
pub struct ConnectionError {
    source: Box<dyn Error + Send + Sync>,
}

impl ConnectionError {
    pub(crate) fn new(source: Box<dyn Error + Send + Sync>) -> Self {
        Self { source }
    }

    /// The error of hyper, if it is one.
    pub fn as_hyper(&self) -> Option<&hyper::Error> {
        self.source.downcast_ref()
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connection ended with an error: {}", self.source)
    }
}

impl Error for ConnectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
