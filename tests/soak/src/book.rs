//! What happened in a round, and whether that keeps the promises.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steadfast_core::{Failure, NurseryError, Report};

/// The record of one round.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pages: Mutex<Pages>,
    /// Futures, clean-ups and captures that are there.
    alive: AtomicUsize,
    /// No destructor panics: runtimes that go down need not bear that.
    calm: bool,
}

#[derive(Debug, Default)]
struct Pages {
    clean_ups: BTreeMap<usize, Lives>,
    /// Panics and errors by the number of who threw them, and whether they came out somewhere.
    panics: BTreeMap<usize, bool>,
    errors: BTreeMap<usize, bool>,
    /// Shields that have begun and not ended.
    shields: BTreeSet<usize>,
    reports: Vec<Report>,
    complaints: Vec<String>,
}

/// How often a clean-up was begun, came to its end, and had its value dropped.
#[derive(Debug, Default)]
struct Lives {
    begun: usize,
    ended: usize,
    dropped: usize,
}

impl Book {
    /// The record of a round whose runtime goes down.
    pub(crate) fn of_a_fall() -> Self {
        Self {
            calm: true,
            ..Self::default()
        }
    }

    /// Whether a destructor may panic now.
    pub(crate) fn may_explode(&self) -> bool {
        !self.calm && !std::thread::panicking()
    }

    /// Whether nothing is left.
    pub(crate) fn is_over(&self) -> bool {
        self.alive.load(Ordering::SeqCst) == 0
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn guarded(&self, id: usize) {
        self.pages().clean_ups.entry(id).or_default();
    }

    pub(crate) fn begins(&self, id: usize) {
        self.pages().clean_ups.entry(id).or_default().begun += 1;
    }

    pub(crate) fn ends(&self, id: usize) {
        self.pages().clean_ups.entry(id).or_default().ended += 1;
    }

    pub(crate) fn drops(&self, id: usize) {
        self.pages().clean_ups.entry(id).or_default().dropped += 1;
    }

    /// A shield begins that nobody may cut short.
    pub(crate) fn shield(&self, id: usize) {
        self.pages().shields.insert(id);
    }

    pub(crate) fn unshield(&self, id: usize) {
        self.pages().shields.remove(&id);
    }

    /// Panics in the name of `id`.
    pub(crate) fn throw(&self, id: usize) -> ! {
        self.pages().panics.insert(id, false);
        panic!("no. {id}")
    }

    /// The error of `id`, to be returned.
    pub(crate) fn fail(&self, id: usize) -> Broken {
        self.pages().errors.insert(id, false);
        Broken(id)
    }

    /// A panic came out, and goes no further.
    pub(crate) fn catch(&self, payload: &(dyn Any + Send)) {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        self.caught(text.unwrap_or("no words"));
    }

    fn caught(&self, text: &str) {
        match number_in(text) {
            Some(id) => self.came_out(id),
            None => self.complain(format!("somebody else panicked: {text}")),
        }
    }

    pub(crate) fn failed(&self, error: NurseryError<Broken>) {
        for failure in error.into_failures() {
            self.failure(&failure);
        }
    }

    fn failure(&self, failure: &Failure<Broken>) {
        match (failure.error(), failure.panic()) {
            (Some(Broken(id)), _) => self.came_out(*id),
            (None, Some(panic)) => self.caught(panic.message()),
            (None, None) => self.complain(format!("not a failure of ours: {failure}")),
        }
    }

    /// The error came out, and goes no further.
    pub(crate) fn take(&self, error: &Broken) {
        self.came_out(error.0);
    }

    fn came_out(&self, id: usize) {
        let pages = &mut *self.pages();
        for thrown in [&mut pages.panics, &mut pages.errors] {
            if let Some(out) = thrown.get_mut(&id) {
                *out = true;
            }
        }
    }

    pub(crate) fn complain(&self, what: String) {
        self.pages().complaints.push(what);
    }

    pub(crate) fn report(&self, report: &Report) {
        self.pages().reports.push(report.clone());
    }

    /// Something that has to go before those around it return.
    pub(crate) fn token(self: &Arc<Self>, around: &[Arc<AtomicUsize>]) -> Token {
        self.alive.fetch_add(1, Ordering::SeqCst);
        for owner in around {
            owner.fetch_add(1, Ordering::SeqCst);
        }
        Token {
            book: Arc::clone(self),
            around: around.to_vec(),
        }
    }

    /// Everything that is wrong after the runtime has gone down in the middle of the round: what was lost must be told.
    pub(crate) fn complaints_of_a_fall(&self) -> Vec<String> {
        let pages = self.pages();
        let mut list = Vec::new();
        let mut cut = 0;
        for (id, lives) in &pages.clean_ups {
            if lives.begun > 1 || lives.ended > 1 || lives.dropped != 1 {
                list.push(format!(
                    "clean-up {id} ran more than once, or its value is left: {lives:?}"
                ));
            }
            cut += 1 - lives.ended.min(1);
        }
        let told = |report: &&Report| {
            matches!(
                report,
                Report::LostCleanup { .. }
                    | Report::FailedCleanup { .. }
                    | Report::Unreturned { .. }
            )
        };
        let told = pages.reports.iter().filter(told).count() + pages.panics.len();
        if cut > told {
            list.push(format!(
                "{cut} clean-ups did not come to their end, and {told} things are told"
            ));
        }
        list
    }

    /// Everything that is wrong at the end of the round.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut pages = self.pages();
        let mut list = std::mem::take(&mut pages.complaints);
        let alive = self.alive.load(Ordering::SeqCst);
        if alive > 0 {
            list.push(format!("{alive} futures, clean-ups or captures are left"));
        }
        pages.read_reports(&mut list);
        list.extend(
            pages
                .shields
                .iter()
                .map(|id| format!("the shield around {id} did not hold")),
        );
        for (id, lives) in &pages.clean_ups {
            // One that panicked may have done so before its end, or in its destructor.
            let may_break = pages.panics.contains_key(id);
            let ended = lives.ended == 1 || lives.ended == 0 && may_break;
            if lives.begun != 1 || !ended || lives.dropped != 1 {
                list.push(format!("clean-up {id} did not run once: {lives:?}"));
            }
        }
        for (what, thrown) in [("panic", &pages.panics), ("error", &pages.errors)] {
            let lost = thrown.iter().filter(|(_, out)| !**out);
            list.extend(lost.map(|(id, _)| format!("the {what} of {id} is lost")));
        }
        list
    }
}

impl Pages {
    /// What a report tells of has come out, unless it tells of a loss.
    fn read_reports(&mut self, list: &mut Vec<String>) {
        let mut told = BTreeSet::new();
        for report in &self.reports {
            match report {
                Report::Unreturned { child, what } => {
                    told.extend(child.name().and_then(|name| name.parse::<usize>().ok()));
                    told.extend(number_in(what));
                }
                Report::FailedCleanup { what, .. } => told.extend(number_in(what)),
                Report::SlowExit { .. } => {}
                // Work that was taken over may outlive the owner that it asks for a thread.
                Report::LostWork { why, .. } if why.starts_with("its nursery was closed") => {}
                loss => list.push(format!("reported: {loss}")),
            }
        }
        for thrown in [&mut self.panics, &mut self.errors] {
            for (id, out) in thrown.iter_mut() {
                *out |= told.contains(id);
            }
        }
    }
}

/// The number of a panic that is quoted in `text`.
fn number_in(text: &str) -> Option<usize> {
    let digits = text.split("no. ").nth(1)?;
    let end = digits.find(|c: char| !c.is_ascii_digit());
    digits[..end.unwrap_or(digits.len())].parse().ok()
}

/// The error of a program.
#[derive(Debug)]
pub(crate) struct Broken(usize);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "broken by {}", self.0)
    }
}

/// See [`Book::token`].
#[derive(Debug)]
pub(crate) struct Token {
    book: Arc<Book>,
    around: Vec<Arc<AtomicUsize>>,
}

impl Drop for Token {
    fn drop(&mut self) {
        self.book.alive.fetch_sub(1, Ordering::SeqCst);
        for owner in &self.around {
            owner.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
