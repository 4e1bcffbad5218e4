//! A store on which the tests put faults: work that waits at a gate, fails, or panics.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use kv_shared::{Op, Sqlite, Store, Summary};

use crate::server::Ended;

/// What becomes of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// All of its kind wait until the gate is opened.
    Gate,
    /// The next of its kind fails with this text.
    Fails(&'static str),
    /// The next of its kind panics with this text.
    Panics(&'static str),
}

/// Says what becomes of each operation, and writes down what did.
#[derive(Default)]
pub(crate) struct Script {
    state: Mutex<State>,
    changed: Condvar,
}

/// How things stand at the gates and in the store.
#[derive(Default)]
pub(crate) struct State {
    fates: HashMap<Op, Fate>,
    wakers: Vec<Waker>,
    /// Operations that wait at a gate.
    pub(crate) waiting: usize,
    /// Operations that were dropped while they waited.
    pub(crate) abandoned: usize,
    /// Operations that were asked to end while they waited.
    pub(crate) asked: usize,
    /// Operations that were done, in order.
    pub(crate) done: Vec<Op>,
    sessions: usize,
    /// The most sessions that were open at once.
    pub(crate) most_sessions: usize,
}

impl Script {
    pub(crate) fn put(&self, op: Op, fate: Fate) {
        self.lock().fates.insert(op, fate);
    }

    /// Lets those pass that wait, and those that come.
    pub(crate) fn open(&self, op: Op) {
        let mut state = self.lock();
        state.fates.remove(&op);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Blocks until `is_so`.
    pub(crate) fn wait_until(&self, mut is_so: impl FnMut(&State) -> bool) {
        let waited = self.changed.wait_while(self.lock(), |state| !is_so(state));
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn most_sessions(&self) -> usize {
        self.lock().most_sessions
    }

    pub(crate) fn done(&self) -> Vec<Op> {
        self.lock().done.clone()
    }

    /// How things stand now.
    pub(crate) fn ended(&self, summary: Summary) -> Ended {
        let state = self.lock();
        Ended {
            summary,
            sessions: state.sessions,
            waiting: state.waiting,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    async fn before(&self, op: Op) -> io::Result<()> {
        let fate = self.lock().fates.get(&op).copied();
        match fate {
            None => Ok(()),
            Some(Fate::Gate) => {
                self.pass(op).await;
                Ok(())
            }
            Some(Fate::Fails(why)) => {
                self.lock().fates.remove(&op);
                Err(io::Error::other(why))
            }
            Some(Fate::Panics(why)) => {
                self.lock().fates.remove(&op);
                panic!("{why}")
            }
        }
    }

    /// Waits at the gate. It ignores requests to end, as work does that has to be finished; but it notes them.
    async fn pass(&self, op: Op) {
        self.change(|state| state.waiting += 1);
        let mut waiting = Waiting {
            script: self,
            passed: false,
        };
        let (mut request, mut asked) = (pin!(steadfast::cancelled()), false);
        poll_fn(|cx| {
            let is_asked = !asked && request.as_mut().poll(cx).is_ready();
            let mut state = self.lock();
            if !state.fates.contains_key(&op) {
                return Poll::Ready(());
            }
            state.wakers.push(cx.waker().clone());
            // Only now: whoever sees it, and opens the gate, comes too late for this poll.
            if is_asked {
                asked = true;
                state.asked += 1;
                self.changed.notify_all();
            }
            Poll::Pending
        })
        .await;
        waiting.passed = true;
    }

    fn after(&self, op: Op) {
        self.change(|state| {
            state.done.push(op);
            match op {
                Op::Open => state.sessions += 1,
                Op::Close => state.sessions -= 1,
                _ => {}
            }
            state.most_sessions = state.most_sessions.max(state.sessions);
        });
    }
}

/// An operation that waits at a gate.
struct Waiting<'s> {
    script: &'s Script,
    passed: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let abandoned = usize::from(!self.passed);
        self.script.change(|state| {
            state.waiting -= 1;
            state.abandoned += abandoned;
        });
    }
}

/// A store whose operations meet the fate that the script has for them.
pub(crate) struct Faulty<S> {
    store: S,
    script: Arc<Script>,
}

impl<S> Faulty<S> {
    pub(crate) fn new(store: S, script: &Arc<Script>) -> Self {
        Self {
            store,
            script: Arc::clone(script),
        }
    }
}

impl<S: Store> Store for Faulty<S> {
    async fn run<T, W>(&self, op: Op, work: W) -> io::Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Sqlite) -> rusqlite::Result<T> + Send + 'static,
    {
        self.script.before(op).await?;
        let done = self.store.run(op, work).await?;
        self.script.after(op);
        Ok(done)
    }
}
