//! Items in groups.

use alloc::vec::Vec;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::Flow;
use super::driver::Budget;

pin_project! {
    /// The flow of [`Flow::chunks`].
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Chunks<F: Flow> {
        #[pin]
        flow: Option<F>,
        size: usize,
        group: Vec<F::Item>,
    }
}

impl<F: Flow> Chunks<F> {
    #[track_caller]
    pub(super) fn new(flow: F, size: usize) -> Self {
        assert!(size > 0, "`chunks` makes groups of at least 1 item");
        Self {
            flow: Some(flow),
            size,
            group: Vec::new(),
        }
    }
}

impl<F: Flow> Flow for Chunks<F> {
    type Item = Vec<F::Item>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let mut budget = Budget::default();
        while let Some(flow) = this.flow.as_mut().as_pin_mut() {
            match ready!(flow.poll_next(cx)) {
                None => this.flow.set(None),
                Some(item) => {
                    if this.group.is_empty() {
                        this.group.reserve_exact(*this.size);
                    }
                    this.group.push(item);
                    if this.group.len() == *this.size {
                        break;
                    }
                    ready!(budget.poll_spend(cx));
                }
            }
        }
        let group = core::mem::take(this.group);
        Poll::Ready((!group.is_empty()).then_some(group))
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.project().flow.as_pin_mut() {
            Some(flow) => flow.poll_progress(cx),
            None => Poll::Ready(()),
        }
    }
}

impl<F: Flow> fmt::Debug for Chunks<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks")
            .field("size", &self.size)
            .field("waiting", &self.group.len())
            .finish_non_exhaustive()
    }
}
