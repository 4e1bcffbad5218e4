//! Turns for other tasks.

use core::task::{Context, Poll};

/// How many items may be handled in a row before other tasks get their turn.
const IN_A_ROW: u8 = 128;

/// Items that were ready at once, since the task last gave others a turn.
///
/// Counts down to zero, so that an item costs one decrement; everything else is looked at only then.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u8,
    /// The task has been elsewhere since.
    away: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            left: 1,
            away: true,
        }
    }
}

impl Budget {
    /// `Pending`, with a wake, once the budget is spent.
    #[inline]
    pub(crate) fn poll_spend(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.spend() {
            Spent::One => Poll::Ready(()),
            Spent::Last => self.poll_begin(cx),
        }
    }

    /// Counts one item.
    #[inline]
    pub(super) fn spend(&mut self) -> Spent {
        self.left -= 1;
        match self.left {
            0 => Spent::Last,
            _ => Spent::One,
        }
    }

    /// After the last one: begins again if others have had their turn, or gives them one.
    #[cold]
    pub(super) fn poll_begin(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.away {
            self.away = false;
            self.left = IN_A_ROW;
            return Poll::Ready(());
        }
        self.refill();
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Others get their turn.
    #[inline]
    pub(crate) fn refill(&mut self) {
        *self = Self::default();
    }
}

/// What is left of a budget.
pub(super) enum Spent {
    /// More.
    One,
    /// Nothing: ask [`Budget::poll_begin`].
    Last,
}
