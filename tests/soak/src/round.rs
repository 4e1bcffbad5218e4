//! One tree on one runtime, and a look at what it has left.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use steadfast_core::{Builder, Entry, Runtime, set_report_hook, take_report_hook, tree};

use crate::book::Book;
use crate::perform::{Place, caught};
use crate::plan::grow;

/// A round takes some milliseconds.
const LIMIT: Duration = Duration::from_secs(60);

/// A promise that was broken.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    complaints: Vec<String>,
}

impl Failure {
    pub(crate) fn unless_nothing(seed: u64, complaints: Vec<String>) -> Result<(), Self> {
        match complaints.is_empty() {
            true => Ok(()),
            false => Err(Self { seed, complaints }),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}:", self.seed)?;
        for complaint in &self.complaints {
            writeln!(f, "  {complaint}")?;
        }
        Ok(())
    }
}

/// Runs the tree of `seed` under a root.
pub(crate) fn run<R: Runtime>(seed: u64, runtime: &R, entry: &impl Entry) -> Result<(), Failure> {
    let (book, program) = (Arc::new(Book::default()), grow(seed));
    let hears = Arc::clone(&book);
    set_report_hook(move |report| hears.report(report));
    let _watch = Watch::over(seed);
    let root = Builder::on(runtime).name("soak");
    let body = Place::new(runtime.clone(), Arc::clone(&book)).perform_all(program);
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| root.block_on(&Quiet(entry), body))) {
        book.catch(&*payload);
    }
    take_report_hook();
    let mut complaints = book.complaints();
    let left = tree();
    if !left.is_empty() {
        complaints.push(format!("the tree is not empty:\n{left}"));
    }
    Failure::unless_nothing(seed, complaints)
}

/// Runs the tree of `seed` in a plain task, and takes the runtime down in the middle.
pub(crate) fn fall<R: Runtime>(seed: u64, runtime: R, entry: impl Entry) -> Result<(), Failure> {
    let (book, program) = (Arc::new(Book::of_a_fall()), grow(seed));
    let hears = Arc::clone(&book);
    set_report_hook(move |report| hears.report(report));
    let _watch = Watch::over(seed);
    let place = Place::new(runtime.clone(), Arc::clone(&book));
    let root = Builder::on(&runtime).name("soak");
    let body = place.clone().perform_all(program);
    let noted = Arc::clone(&book);
    drop(runtime.spawn(async move {
        if let Err(payload) = caught(root.run(move |_| body)).await {
            noted.catch(&*payload);
        }
    }));
    let until = runtime.now() + Duration::from_millis(seed % 8);
    entry.block_on(runtime.sleep_until(until));
    drop(entry);
    place.clear();
    // Threads of the runtime may still drop what they had; the watch ends a wait without an end.
    while !book.is_over() || !tree().is_empty() {
        thread::yield_now();
    }
    take_report_hook();
    Failure::unless_nothing(seed, book.complaints_of_a_fall())
}

/// Carries the panic of a root around the entry, which need not say that there was one.
struct Quiet<'a, N>(&'a N);

impl<N: Entry> Entry for Quiet<'_, N> {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let ended = self.0.block_on(caught(future));
        ended.unwrap_or_else(|payload| resume_unwind(payload))
    }
}

/// Ends the process, with the live tree, if it is there for too long.
struct Watch(Option<(Sender<()>, JoinHandle<()>)>);

impl Watch {
    fn over(seed: u64) -> Self {
        let (alive, gone) = channel();
        let thread = thread::spawn(move || {
            if gone.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                println!(
                    "seed {seed}: hung for {LIMIT:?}. The live tree:\n{}",
                    tree()
                );
                println!(
                    "again with: cargo xtask soak --seed {seed} --rounds 1, on the runtime named last"
                );
                std::process::exit(1);
            }
        });
        Self(Some((alive, thread)))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((alive, thread)) = self.0.take() {
            drop(alive);
            _ = thread.join();
        }
    }
}

/// Panics of programs say nothing: they are expected.
pub(crate) fn keep_quiet() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.payload().downcast_ref::<String>();
        if !text.is_some_and(|text| text.starts_with("no. ")) {
            loud(info);
        }
    }));
}
