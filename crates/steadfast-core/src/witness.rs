//! What the test kit sees of the thread that polls: cancel points that were reached, children that ran or run,
//! reports that were sent.
//!
//! For `steadfast-sim`, and promises nothing. Where nobody looks, it costs an increment or a branch.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use crate::{Origin, Report, Tree};

/// Takes the reports of one thread in the place of the hook of the process.
pub type Listener = Arc<dyn Fn(&Report)>;

thread_local! {
    static CANCEL_POINTS: Cell<u64> = const { Cell::new(0) };
    static ASKS_WHO_RAN: Cell<bool> = const { Cell::new(false) };
    static RAN: RefCell<Option<Origin>> = const { RefCell::new(None) };
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// How often code that ran on this thread has looked whether it was asked to end. Wraps around.
pub fn cancel_points() -> u64 {
    CANCEL_POINTS.try_with(Cell::get).unwrap_or(0)
}

/// Code has looked whether it was asked to end.
#[inline]
pub(crate) fn reach_cancel_point() {
    _ = CANCEL_POINTS.try_with(|points| points.set(points.get().wrapping_add(1)));
}

/// Runs `poll`, and tells which child it polled on this thread. Of several inside each other, the innermost that began last.
pub fn who_ran<T>(poll: impl FnOnce() -> T) -> (T, Option<Origin>) {
    let asked = Asked {
        before: ASKS_WHO_RAN.replace(true),
        ran: RAN.take(),
    };
    let value = poll();
    let ran = RAN.take();
    drop(asked);
    (value, ran)
}

/// Puts back what an outer question has found so far.
struct Asked {
    before: bool,
    ran: Option<Origin>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        ASKS_WHO_RAN.set(self.before);
        RAN.set(self.ran.take());
    }
}

/// A child is about to be polled.
pub(crate) fn runs(child: impl FnOnce() -> Origin) {
    if ASKS_WHO_RAN.try_with(Cell::get).unwrap_or(false) {
        RAN.set(Some(child()));
    }
}

/// What runs in `tree`, a line for each child and each clean-up. Scopes that are there because somebody holds a handle do not count.
pub fn work(tree: &Tree) -> Vec<String> {
    tree.work()
}

/// Sends what is reported on this thread to `listener`, and gives back who listened before.
pub fn listen(listener: Option<Listener>) -> Option<Listener> {
    LISTENER.replace(listener)
}

/// Whoever listens on this thread.
pub(crate) fn listener() -> Option<Listener> {
    LISTENER
        .try_with(|listener| listener.borrow().clone())
        .ok()?
}
