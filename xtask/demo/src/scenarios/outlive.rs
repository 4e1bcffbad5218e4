//! Detached: a function starts tasks and returns; they go on without it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_channel::{Receiver, Sender};
use steadfast::nursery;

use crate::runtime::Runtime;
use crate::scenario::{Failure, Observation, Scenario};

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "outlive",
    title: "Detached: a function that starts tasks has returned",
    raw,
    steadfast,
};

struct Seen {
    done: usize,
    running: usize,
}

impl Observation for Seen {
    fn is_clean(&self) -> bool {
        self.done == TASKS && self.running == 0
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen { done, running } = self;
        write!(f, "{TASKS} tasks: {done} done, {running} still running")
    }
}

fn raw(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    runtime.block_on(async {
        let (peer, line) = wires();
        let call = async move {
            for _ in 0..TASKS {
                runtime.spawn_detached(ask(line.clone()));
            }
        };
        Ok(Box::new(peer.observe(call).await) as Box<dyn Observation>)
    })
}

fn steadfast(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    runtime.run_steadfast(async {
        let (peer, line) = wires();
        let call = nursery(async move |n| {
            for _ in 0..TASKS {
                n.spawn(ask(line.clone()));
            }
        });
        Ok(Box::new(peer.observe(call).await) as Box<dyn Observation>)
    })
}

/// What each task does.
async fn ask(line: Line) {
    // The peer answers by closing the channel, so that all askers hear it.
    let _ = line.answer.recv().await;
    line.done.fetch_add(1, Ordering::SeqCst);
}

/// What a task needs in order to ask. While one exists, its task has not finished.
#[derive(Clone)]
struct Line {
    answer: Receiver<()>,
    done: Arc<AtomicUsize>,
}

/// Whom the tasks ask. It is slower than the caller: it answers when the caller waits for something, or has returned.
struct Peer {
    answer: Sender<()>,
    done: Arc<AtomicUsize>,
}

impl Peer {
    /// Runs `call` and counts, at the moment at which it returns, what became of its tasks.
    async fn observe(self, call: impl Future<Output = ()>) -> Seen {
        // A box, because it can be dropped before the counting: what `call` itself held is no task.
        let mut call = Box::pin(call);
        poll_fn(|context| {
            let state = call.as_mut().poll(context);
            if state.is_pending() {
                self.answer.close();
            }
            state
        })
        .await;
        drop(call);
        Seen {
            done: self.done.load(Ordering::SeqCst),
            running: Arc::strong_count(&self.done) - 1,
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.answer.close();
    }
}

fn wires() -> (Peer, Line) {
    let (sender, receiver) = async_channel::bounded(1);
    let done = Arc::new(AtomicUsize::new(0));
    let peer = Peer {
        answer: sender,
        done: Arc::clone(&done),
    };
    let line = Line {
        answer: receiver,
        done,
    };
    (peer, line)
}

const TASKS: usize = 5;
