//! One connection: served until it ends, drained when it is asked to.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::Poll;
use std::time::Duration;

use steadfast::{cancelled, sleep};

use crate::served::{ConnectionError, Counters};

/// What the connections of all kinds can do.
pub(crate) trait Drain: Future<Output = Result<(), BoxError>> {
    fn drain(self: Pin<&mut Self>);
}

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Polls `connection` to its end. When the scope around is asked to end, lets it drain.
///
/// One that has asked for nothing yet gets so much `patience` before that: its first request may be on its way.
///
/// Returns whether the client may still be reading an answer.
pub(crate) async fn run_until_drained(
    connection: impl Drain,
    requests: &Requests,
    patience: Duration,
) -> Result<bool, ConnectionError> {
    let mut connection = pin!(connection);
    let mut asked = pin!(cancelled());
    let mut patience = pin!(sleep(patience));
    let mut draining = false;
    let mut owed = false;
    let ended = poll_fn(|cx| {
        loop {
            // A handler that is at work learns first that its answer is the last one, so that it can say so.
            if !draining && requests.are_busy() && asked.as_mut().poll(cx).is_ready() {
                (draining, owed) = (true, true);
                connection.as_mut().drain();
            }
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            if draining {
                // What it has to say does not go out at once.
                owed = true;
                return Poll::Pending;
            }
            if asked.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if !requests.have_begun() && patience.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            draining = true;
            connection.as_mut().drain();
        }
    })
    .await;
    match ended {
        Ok(()) => Ok(owed),
        Err(error) if is_an_end(&error, draining) => Ok(false),
        Err(error) => Err(ConnectionError::new(error)),
    }
}

/// Whether this is how a connection ends that has nothing more to say.
fn is_an_end(error: &BoxError, draining: bool) -> bool {
    // hyper has not begun to speak, and was told not to.
    let unbegun = error.downcast_ref::<io::Error>();
    if unbegun.is_some_and(|error| draining && error.kind() == io::ErrorKind::Interrupted) {
        return true;
    }
    // The other side had hung up already. tokio's sockets call this a success, too.
    error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>())
        .is_some_and(|error| error.kind() == io::ErrorKind::NotConnected)
}

/// The requests of one connection. One task counts them up; nothing is published by the counts, so that they are relaxed.
#[derive(Debug)]
pub(crate) struct Requests {
    counters: Arc<Counters>,
    begun: AtomicUsize,
    busy: AtomicUsize,
}

impl Requests {
    pub(crate) fn new(counters: &Arc<Counters>) -> Arc<Self> {
        Arc::new(Self {
            counters: Arc::clone(counters),
            begun: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
        })
    }

    pub(crate) fn begin(requests: &Arc<Self>) -> Busy {
        requests.counters.count_request();
        requests.begun.fetch_add(1, Relaxed);
        requests.busy.fetch_add(1, Relaxed);
        Busy(Arc::clone(requests))
    }

    fn have_begun(&self) -> bool {
        self.begun.load(Relaxed) > 0
    }

    fn are_busy(&self) -> bool {
        self.busy.load(Relaxed) > 0
    }
}

/// A request whose handler is at work.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Requests>);

impl Busy {
    pub(crate) fn answered(&self) {
        self.0.counters.count_answer();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Relaxed);
    }
}
