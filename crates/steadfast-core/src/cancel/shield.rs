//! A part that is finished before anything around it is dropped.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::deadline::{Alarm, Deadline};
use crate::context;
use crate::tree::{Kind, Owned, Seed};

pin_project! {
    /// The future of [`shielded`](crate::FutureExt::shielded).
    #[must_use = "futures do nothing unless polled"]
    pub struct Shielded<F> {
        #[pin]
        inner: F,
        location: &'static Location<'static>,
        deadline: Deadline,
        node: Option<Owned>,
        alarm: Alarm,
        counted: bool,
    }

    impl<F> PinnedDrop for Shielded<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if std::mem::take(this.counted) {
                lower();
            }
        }
    }
}

impl<F> Shielded<F> {
    #[track_caller]
    pub(super) fn new(inner: F) -> Self {
        Self {
            inner,
            location: Location::caller(),
            deadline: Deadline::Never,
            node: None,
            alarm: Alarm::default(),
            counted: false,
        }
    }

    /// Gives the shielded part a deadline of its own: when it passes, the code inside is asked to end.
    ///
    /// A relative deadline counts from the first poll.
    pub fn deadline(mut self, deadline: impl Into<Deadline>) -> Self {
        self.deadline = deadline.into();
        self
    }
}

impl<F: Future> Future for Shielded<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let node = this.node.get_or_insert_with(|| {
            *this.counted = raise();
            shield_node(this.location, *this.deadline)
        });
        let polled = context::enter(node, || {
            let _hidden = HideTimeout::new();
            this.inner.poll(cx)
        });
        if polled.is_ready() {
            if std::mem::take(this.counted) {
                lower();
            }
        } else {
            this.alarm.poll(node, cx);
        }
        polled
    }
}

impl<F> std::fmt::Debug for Shielded<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shielded").finish_non_exhaustive()
    }
}

fn shield_node(location: &'static Location<'static>, deadline: Deadline) -> Owned {
    let (parent, owner) = context::place();
    Owned::new(Seed {
        parent,
        owner,
        deadline: super::deadline::resolve(deadline),
        ..Seed::new(Kind::Shield, location)
    })
}

/// Counts one shield more in the region around. `false` where there is no task.
fn raise() -> bool {
    context::with(|context| context.map(|context| context.own.shields += 1).is_some())
}

fn lower() {
    context::with(|context| {
        if let Some(context) = context {
            context.own.shields = context.own.shields.saturating_sub(1);
        }
    });
}

/// Inside a shield, the `timeout` regions around it do not count.
struct HideTimeout(Option<std::time::Instant>);

impl HideTimeout {
    fn new() -> Self {
        Self(context::with(|context| {
            context.and_then(|context| context.timeout_at.take())
        }))
    }
}

impl Drop for HideTimeout {
    fn drop(&mut self) {
        context::with(|context| {
            if let Some(context) = context {
                context.timeout_at = self.0;
            }
        });
    }
}
