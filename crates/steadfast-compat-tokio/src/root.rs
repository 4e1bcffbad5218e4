//! The root of a runtime: the nursery of those who have no other.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

use steadfast_core::{Builder, CancelReason, Invitation, Never, Nursery};
use steadfast_tokio::Tokio;
use tokio::runtime::{Handle, Id};

use crate::AtEnd;

pub(crate) type Exit = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The roots of the runtimes that live. Few, and looked up only by who is in no nursery.
static ROOTS: Mutex<Vec<(Id, Nursery<Never, Tokio>)>> = Mutex::new(Vec::new());

/// To the root of the runtime `id`, if it has one.
#[track_caller]
pub(crate) fn of(id: Id) -> Option<Invitation> {
    let roots = lock(&ROOTS);
    let (_, root) = roots.iter().find(|(known, _)| *known == id)?;
    Some(Invitation::of(root))
}

/// The root of one runtime, which holds it.
pub(crate) struct Root {
    id: Id,
    nursery: Nursery<Never, Tokio>,
    at_end: AtEnd,
    ended: Arc<AtomicBool>,
    /// The future of the nursery, which is polled once to open it, and then not before the end.
    exit: Mutex<Option<Exit>>,
}

impl Root {
    #[track_caller]
    pub(crate) fn open(handle: &Handle, at_end: AtEnd) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let opened = Arc::new(OnceLock::new());
        let mut root = Builder::on(&Tokio::from(handle.clone())).name("tokio");
        if let Some(grace) = at_end.grace() {
            root = root.grace(grace);
        }
        let body = {
            let (ended, opened) = (Arc::clone(&ended), Arc::clone(&opened));
            move |nursery| {
                _ = opened.set(nursery);
                poll_fn(move |_| match ended.load(Ordering::Acquire) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                })
            }
        };
        let mut exit: Exit = Box::pin(root.run_as_root(body));
        let polled = exit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let nursery: Option<&Nursery<Never, Tokio>> = opened.get();
        let (Poll::Pending, Some(nursery)) = (polled, nursery) else {
            unreachable!("the body runs at the first poll, and waits for the end");
        };
        let id = handle.id();
        lock(&ROOTS).push((id, nursery.clone()));
        Self {
            id,
            nursery: nursery.clone(),
            at_end,
            ended,
            exit: Mutex::new(Some(exit)),
        }
    }

    /// To this root, for the future that a thread enters the runtime with.
    #[track_caller]
    pub(crate) fn main(&self) -> Invitation {
        Invitation::of(&self.nursery).named("main").never_aborted()
    }

    #[track_caller]
    pub(crate) fn invitation(&self) -> Invitation {
        Invitation::of(&self.nursery)
    }

    /// Ends it as was set. `wait` runs a future on the runtime.
    pub(crate) fn end(&self, wait: impl FnOnce(Exit)) {
        match self.at_end {
            AtEnd::Report => return self.abandon(),
            AtEnd::Wait => {}
            AtEnd::Cancel { .. } => self.nursery.cancel(CancelReason::Finished),
        }
        self.ended.store(true, Ordering::Release);
        if let Some(exit) = lock(&self.exit).take() {
            wait(exit);
        }
        self.forget();
    }

    /// Ends it without waiting: names who still runs, and leaves them to their runtime.
    pub(crate) fn abandon(&self) {
        self.nursery.report_still_running();
        let exit = lock(&self.exit).take();
        drop(exit);
        self.forget();
    }

    fn forget(&self) {
        lock(&ROOTS).retain(|(id, _)| *id != self.id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
