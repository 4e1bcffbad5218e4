//! Rule 2 of the contract, checked.

use core::task::Poll;

/// What the last `poll_next` answered, as far as the contract needs it. Empty in release builds.
#[derive(Debug)]
pub(crate) struct Contract {
    #[cfg(debug_assertions)]
    waiting: bool,
}

impl Contract {
    /// Nothing has been asked yet.
    pub(crate) const fn new() -> Self {
        Self {
            #[cfg(debug_assertions)]
            waiting: false,
        }
    }

    /// Notes an answer of `poll_next`, and passes it on.
    pub(crate) fn answer<T>(&mut self, answer: Poll<T>) -> Poll<T> {
        #[cfg(debug_assertions)]
        {
            self.waiting = answer.is_pending();
        }
        answer
    }

    /// `poll_progress` is being called.
    #[track_caller]
    pub(crate) fn check(&self) {
        #[cfg(debug_assertions)]
        if self.waiting {
            panic!(
                "{} called `Flow::poll_progress` after `poll_next` had returned `Pending`: call `poll_next` again until it \
                 gives an item; `poll_progress` is for the time after an item",
                core::panic::Location::caller()
            );
        }
    }
}
