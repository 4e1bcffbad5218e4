//! Resources that know what became of them, and small tools that the cases about clean-up and drops share.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use steadfast_core::{AsyncDrop, AsyncDropGuard, Entry, Report, Runtime, set_report_hook};

use crate::Fixture;
use crate::probe::{Gate, Tally, yield_once};

/// Counts the clean-ups of its resources. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    made: Tally,
    begun: Tally,
    closed: Tally,
    dropped: Tally,
    order: Arc<Mutex<Vec<&'static str>>>,
}

impl Ledger {
    /// A resource whose clean-up is pending once.
    pub(super) fn resource(&self, name: &'static str) -> Resource {
        self.until(name, None)
    }

    /// A resource whose clean-up waits for `gate`.
    pub(super) fn gated(&self, name: &'static str, gate: &Gate) -> Resource {
        self.until(name, Some(gate.clone()))
    }

    fn until(&self, name: &'static str, gate: Option<Gate>) -> Resource {
        self.made.add();
        Resource {
            name,
            gate,
            ledger: self.clone(),
            guarded: false,
            begun: false,
        }
    }

    #[track_caller]
    fn guarded(mut resource: Resource) -> AsyncDropGuard<Resource> {
        resource.guarded = true;
        GUARDED.fetch_add(1, Ordering::SeqCst);
        AsyncDropGuard::new(resource)
    }

    /// A guard around [`resource`](Self::resource).
    #[track_caller]
    pub(super) fn guard(&self, name: &'static str) -> AsyncDropGuard<Resource> {
        Self::guarded(self.resource(name))
    }

    /// A guard around [`gated`](Self::gated).
    #[track_caller]
    pub(super) fn gated_guard(&self, name: &'static str, gate: &Gate) -> AsyncDropGuard<Resource> {
        Self::guarded(self.gated(name, gate))
    }

    /// Clean-ups that have begun.
    pub(super) fn begun(&self) -> &Tally {
        &self.begun
    }

    /// Clean-ups that came to their end.
    pub(super) fn closed(&self) -> usize {
        self.closed.count()
    }

    /// Resources that were dropped.
    pub(super) fn dropped(&self) -> &Tally {
        &self.dropped
    }

    /// Writes `name` down, like the end of a clean-up.
    pub(super) fn note(&self, name: &'static str) {
        self.order
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(name);
    }

    /// The names of what has ended, in order.
    pub(super) fn order(&self) -> Vec<&'static str> {
        self.order
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Every resource was cleaned up once and dropped once, and there were `count` of them.
    #[track_caller]
    pub(super) fn assert_all_closed_once(&self, count: usize) {
        let counts = [&self.made, &self.begun, &self.closed, &self.dropped].map(Tally::count);
        assert_eq!(counts, [count; 4], "made, begun, closed, dropped");
    }

    /// The same, however many there were.
    #[track_caller]
    pub(super) fn assert_all_closed(&self) {
        self.assert_all_closed_once(self.made.count());
    }
}

/// See [`Ledger::resource`].
#[derive(Debug)]
pub(super) struct Resource {
    name: &'static str,
    gate: Option<Gate>,
    ledger: Ledger,
    guarded: bool,
    begun: bool,
}

/// What became of guarded resources that should not have.
static WRONGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The guarded resources of this process that have not been dropped.
static GUARDED: AtomicUsize = AtomicUsize::new(0);

/// How many guarded resources there are in this process: under a guard, waiting for their clean-up, or in it.
pub(crate) fn guarded() -> usize {
    GUARDED.load(Ordering::SeqCst)
}

/// The guarded resources of this process since the last call that were cleaned up twice, or dropped without a clean-up.
pub(crate) fn wronged() -> Vec<String> {
    std::mem::take(&mut WRONGED.lock().unwrap_or_else(PoisonError::into_inner))
}

fn wrong(text: String) {
    let mut wronged = WRONGED.lock().unwrap_or_else(PoisonError::into_inner);
    wronged.push(text);
}

impl AsyncDrop for Resource {
    async fn async_drop(mut self: Pin<&mut Self>) {
        if std::mem::replace(&mut self.begun, true) {
            wrong(format!("the resource `{}` was cleaned up twice", self.name));
        }
        self.ledger.begun.add();
        match &self.gate {
            Some(gate) => gate.wait().await,
            None => yield_once().await,
        }
        self.ledger.note(self.name);
        self.ledger.closed.add();
    }
}

impl Drop for Resource {
    fn drop(&mut self) {
        if self.guarded {
            GUARDED.fetch_sub(1, Ordering::SeqCst);
            if !self.begun {
                let name = self.name;
                wrong(format!(
                    "the resource `{name}` was dropped without its clean-up"
                ));
            }
        }
        self.ledger.dropped.add();
    }
}

/// A value whose clean-up is the given code.
pub(super) struct CleanUp<F>(Option<F>);

impl<F, Fut> CleanUp<F>
where
    F: FnOnce() -> Fut + Send + Unpin + 'static,
    Fut: Future<Output = ()> + Send,
{
    /// A guard around it.
    #[track_caller]
    pub(super) fn guard(clean_up: F) -> AsyncDropGuard<Self> {
        AsyncDropGuard::new(Self(Some(clean_up)))
    }
}

impl<F, Fut> AsyncDrop for CleanUp<F>
where
    F: FnOnce() -> Fut + Send + Unpin,
    Fut: Future<Output = ()> + Send,
{
    async fn async_drop(mut self: Pin<&mut Self>) {
        if let Some(clean_up) = self.0.take() {
            clean_up().await;
        }
    }
}

/// The error of the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Oops(pub(super) &'static str);

/// Enters the runtime of a case, for what must be a root.
pub(super) struct Door<'a, R: Runtime>(pub(super) &'a Fixture<R>);

impl<R: Runtime> Entry for Door<'_, R> {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }
}

/// Polls `future` once, in the task that awaits this.
pub(super) async fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

/// Polls `future` at every wake until `done` is ready, then drops it, as `select!` does with the branch that loses.
pub(super) async fn drop_when<F: Future>(future: F, done: impl Future) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut done = Box::pin(done);
    poll_fn(move |cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        done.as_mut().poll(cx).map(|_| None)
    })
    .await
}

/// The words of the panic that `run` ends with.
#[track_caller]
pub(super) fn panic_of<T>(run: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(_) => panic!("a panic was expected"),
        Err(payload) => words(&*payload),
    }
}

/// What a panic said.
pub(super) fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

/// What is reported from now on. Only for isolated cases: the hook is the process's.
#[derive(Clone, Debug, Default)]
pub(super) struct Reports(Arc<Mutex<Vec<Report>>>);

impl Reports {
    /// Takes the place of the hook.
    pub(super) fn collect() -> Self {
        let reports = Self::default();
        let sink = reports.clone();
        set_report_hook(move |report| {
            let mut list = sink.0.lock().unwrap_or_else(PoisonError::into_inner);
            list.push(report.clone());
        });
        reports
    }

    /// How many reports are such.
    pub(super) fn count(&self, wanted: impl Fn(&Report) -> bool) -> usize {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter().filter(|report| wanted(report)).count()
    }

    /// How many clean-ups of a `T` were reported lost.
    pub(super) fn lost_clean_ups<T>(&self) -> usize {
        let wanted = std::any::type_name::<T>();
        self.count(
            |report| matches!(report, Report::LostCleanup { type_name, .. } if *type_name == wanted),
        )
    }
}
