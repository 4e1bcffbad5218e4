//! Many flows as one, each with a waker of its own.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Flow;
use super::arm::Arm;
use super::contract::Contract;
use crate::scope::Bells;

/// The items of many flows of one kind, as they come.
///
/// A source is polled when it has been woken, and when its item has been taken and the next one is asked for: what an event costs
/// does not grow with the number of sources that have nothing to say. Of each source at most one item waits; they are handed out
/// in the order in which they came, so that no source starves another one. While an item is handled, the sources move on, as with
/// [`Flow::merge`]. A source that has ended is dropped at once; when all have, so has this flow.
///
/// For a few sources of different kinds, with a handler for each, there is [`merge!`](crate::merge).
///
/// Allocates at the start, a few times for all sources, and nothing for an item. An event takes 412 instructions, among two sources and
/// among 256; with `SelectAll` 508; with `StreamMap`, which polls all of them, 145 and 9,350
/// (`cargo xtask bench --filter active`).
///
/// # Panics
///
/// A panic of a source goes on to the caller; the others are dropped with the flow.
///
/// # Cancel safety
///
/// Dropped, it drops its sources with all that they have begun, and the items that wait.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{Flow, flow};
///
/// let sources = (1..=3).map(|n| flow::iter(0..n));
/// let mut items: Vec<u32> = flow::merge_all(sources).collect().await;
/// items.sort_unstable();
/// assert_eq!(items, [0, 0, 0, 1, 1, 2]);
/// # }).expect("it does not wait");
/// ```
pub fn merge_all<I: IntoIterator<Item: Flow>>(sources: I) -> MergeAll<I::Item> {
    let arms: Box<[_]> = sources.into_iter().map(Arm::new).collect();
    MergeAll {
        bells: Bells::new(arms.len()),
        full: VecDeque::with_capacity(arms.len()),
        live: arms.len(),
        moving: 0,
        to_ask: ToAsk::All,
        contract: Contract::new(),
        arms: Box::into_pin(arms),
    }
}

/// The flow of [`merge_all`].
///
/// Invariants:
///
/// 1. Between two polls, an arm in which something moves has been polled with its own bell since its flow has answered last. So it
///    need not be polled before that bell rings.
/// 2. `full` has the number of each arm with an item, once, in the order in which the items came.
/// 3. An arm whose item was handed out is asked for the next one by the next `poll_next`, and not before.
#[must_use = "flows do nothing unless they are consumed"]
pub struct MergeAll<F: Flow> {
    arms: Pin<Box<[ArmOf<F>]>>,
    bells: Bells,
    full: VecDeque<usize>,
    /// Arms that have not ended.
    live: usize,
    /// Arms in which something moves.
    moving: usize,
    to_ask: ToAsk,
    contract: Contract,
}

type ArmOf<F> = Arm<F, <F as Flow>::Item>;

/// Whom the next `poll_next` asks, besides those who were woken.
enum ToAsk {
    /// Nobody has been asked yet.
    All,
    /// The one whose item was handed out last.
    One(usize),
    Nobody,
}

impl<F: Flow> Flow for MergeAll<F> {
    type Item = F::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        self.bells.batch();
        while let Some(number) = self.bells.next_of_batch() {
            self.visit(number, Arm::prefetch);
        }
        match std::mem::replace(&mut self.to_ask, ToAsk::Nobody) {
            ToAsk::All => (0..self.arms.len()).for_each(|number| self.visit(number, Arm::prefetch)),
            ToAsk::One(number) => self.visit(number, Arm::prefetch),
            ToAsk::Nobody => {}
        }
        let answer = match self.hand_out() {
            Some(item) => Poll::Ready(Some(item)),
            None if self.live == 0 => Poll::Ready(None),
            None => self.sleep(cx),
        };
        self.contract.answer(answer)
    }

    fn poll_progress(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.contract.check();
        self.bells.batch();
        while let Some(number) = self.bells.next_of_batch() {
            self.visit(number, Arm::progress);
        }
        match self.moving {
            0 => Poll::Ready(()),
            _ => self.sleep(cx),
        }
    }
}

impl<F: Flow> MergeAll<F> {
    /// Polls an arm with its own waker, and keeps account of what has changed.
    fn visit(&mut self, number: usize, poll: fn(Pin<&mut ArmOf<F>>, &mut Context<'_>)) {
        let mut arm = arm(self.arms.as_mut(), number);
        let (full, moving, over) = (
            arm.as_mut().is_full(),
            arm.as_mut().is_moving(),
            arm.as_mut().is_over(),
        );
        self.bells.poll_with(number, |cx| poll(arm.as_mut(), cx));
        if arm.as_mut().is_full() && !full {
            self.full.push_back(number);
        }
        self.moving = self.moving + usize::from(arm.as_mut().is_moving()) - usize::from(moving);
        self.live -= usize::from(arm.as_mut().is_over() && !over);
    }

    fn hand_out(&mut self) -> Option<F::Item> {
        let number = self.full.pop_front()?;
        self.to_ask = ToAsk::One(number);
        arm(self.arms.as_mut(), number).take()
    }

    /// Pending. Those who have woken themselves get their turn when the rest of the task has had its own.
    fn sleep<T>(&self, cx: &Context<'_>) -> Poll<T> {
        if !self.bells.sleep(cx.waker()) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

fn arm<T>(arms: Pin<&mut [T]>, number: usize) -> Pin<&mut T> {
    // SAFETY: `map_unchecked_mut` asks that the result does not move while `arms` is pinned, and that the closure does not move out
    // of its argument. An element of a pinned slice moves only with the slice, which nobody does; the closure only borrows.
    unsafe { arms.map_unchecked_mut(|arms| &mut arms[number]) }
}

impl<F: Flow> fmt::Debug for MergeAll<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergeAll")
            .field("sources", &self.arms.len())
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}
