//! Children that come one after the other, when there are places for them: [`map_concurrent`](crate::Builder::map_concurrent) with many
//! at a time.
//!
//! Groups share the places. They do not end while children may come, and rest while there are none. There are as many as are called for,
//! up to twice as many as it takes to fill all places: so half of them may have children that block.
//!
//! # Invariants
//!
//! 1. These are as many as the limit, together: places that are free, places that the call has taken and not filled, children in the
//!    queue, and children in groups, with those that have ended of which the feed has not heard. A group tells when it looks into
//!    the feed: before it sleeps, after a turn, and when it ends.
//! 2. While there are children in the queue, a group has been called, or works and is not full, or all have ended. For a group rests
//!    only if it finds the queue empty, under the lock; who brings a child calls a group if none has been called; one that comes
//!    while there is more than one child in the queue leaves another one called; and if there is none to be called, all that there
//!    may be work, and have room for twice as many as there may be.
//! 3. A group that rests is on the list of those, until it is called, and rung for once after that.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::ops::Range;
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::{
    Call, Fresh, Hand, Lane, Next, Of, Spawner, Stance, Supply, Waiting, start_another_group,
    start_first_group,
};
use crate::nursery::child::ChildTask;
use crate::nursery::map::Spot;
use crate::nursery::roster::Roster;
use crate::nursery::{Inner, Nursery, light};
use crate::sync::{Mutex, lock};
use crate::tree::Member;
use crate::{Runtime, context};

/// Up to so many places, each child is a task of its own.
const SINGLE: usize = if cfg!(steadfast_loom) { 2 } else { 64 };
/// A group has room for one child in so many of the limit, at most.
const SHARE: usize = if cfg!(steadfast_loom) { 2 } else { 32 };
/// And for no more than these.
const FULL: usize = 64;
/// Children that may wait for one group to come.
const FEW: usize = if cfg!(steadfast_loom) { 1 } else { 16 };
/// Places that the call takes at a time.
const PLACES: usize = 1_024;

type TaskOf<F, T, E, R> = ChildTask<F, Spot<T>, E, R>;

/// The side of the call. Dropped, it lets the groups end when they have done what it has brought.
pub(in crate::nursery) struct Feeder<F, T, E, R>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    R: Runtime,
{
    feed: Arc<Feed<F, T, E, R>>,
    spawner: Spawner,
    /// For each place that it has taken, the number of the child that will be there.
    places: Range<u64>,
    /// There is a group.
    started: bool,
}

/// What the call shares with its groups.
struct Feed<F, T, E, R>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    R: Runtime,
{
    nursery: Arc<Inner<E, R>>,
    location: &'static Location<'static>,
    /// Children of a group, at most.
    full: usize,
    /// Groups, at most.
    most: usize,
    state: Mutex<State<TaskOf<F, T, E, R>>>,
}

struct State<T: super::Task> {
    queue: VecDeque<Fresh<T>>,
    /// No more children come: the call has brought all, or a group has ended before its time.
    closed: bool,
    /// Places for further children.
    free: usize,
    /// The call, waiting for a place.
    call: Option<Waker>,
    resting: Vec<Arc<Lane>>,
    /// Groups that have been called, and have not come.
    called: usize,
    /// Groups that have not ended.
    groups: usize,
}

impl<F, T, E, R> Feeder<F, T, E, R>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    R: Runtime,
{
    /// A feed for `limit` children at a time, if these may share tasks.
    pub(in crate::nursery) fn new(
        nursery: &Nursery<E, R>,
        limit: usize,
        location: &'static Location<'static>,
    ) -> Option<Self> {
        let nursery = &nursery.inner;
        let is_light = !nursery.node.abortable && light::fits::<TaskOf<F, T, E, R>>();
        if limit <= SINGLE || !is_light {
            return None;
        }
        let full = limit.div_ceil(SHARE).min(FULL);
        let state = State {
            queue: VecDeque::new(),
            closed: false,
            free: limit,
            call: None,
            resting: Vec::new(),
            called: 0,
            groups: 0,
        };
        let feed = Feed {
            nursery: Arc::clone(nursery),
            location,
            full,
            most: limit.div_ceil(full).saturating_mul(2),
            state: Mutex::new(state),
        };
        Some(Self {
            feed: Arc::new(feed),
            spawner: Spawner::here().0,
            places: 0..0,
            started: false,
        })
    }

    /// Waits until there is a place for a child.
    pub(in crate::nursery) async fn place(&mut self) {
        if self.places.is_empty() {
            let places = poll_fn(|cx| self.feed.poll_places(cx)).await;
            let first = self.feed.nursery.roster.next_numbers(places);
            self.places = first..first + places as u64;
        }
    }

    /// Brings a child, for which there is a [place](Self::place).
    ///
    /// # Errors
    ///
    /// The child is dropped if the runtime takes no group, or has dropped one.
    pub(in crate::nursery) fn bring(&mut self, sink: Spot<T>, work: F) -> Result<(), Lost> {
        if !self.started {
            start_first_group(&self.feed, &self.spawner, 0).map_err(|_| Lost)?;
            self.started = true;
        }
        let child = Fresh {
            number: self.places.next().ok_or(Lost)?,
            born: context::time_at_spawn(),
            work,
            sink,
        };
        match self.feed.put(child)? {
            Call::Nobody => {}
            Call::Ring(group) => group.room.ring(),
            // If the runtime takes no more, the next child is lost, and this one is if there are no others.
            Call::Start => _ = start_another_group(&self.feed, &self.spawner),
        }
        Ok(())
    }
}

/// A child was not taken.
pub(in crate::nursery) struct Lost;

impl<F, T, E, R> Drop for Feeder<F, T, E, R>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    R: Runtime,
{
    fn drop(&mut self) {
        self.feed.close();
    }
}

impl<F, T, E, R> Feed<F, T, E, R>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    R: Runtime,
{
    /// Places that are free.
    fn poll_places(&self, cx: &mut Context<'_>) -> Poll<usize> {
        let waker = cx.waker().clone();
        let mut state = lock(&self.state);
        if state.free > 0 {
            let places = state.free.min(PLACES);
            state.free -= places;
            return Poll::Ready(places);
        }
        let stale = state.call.replace(waker);
        drop(state);
        drop(stale);
        Poll::Pending
    }

    /// Puts a child into the queue. If no group has been called, one is to be; and a second one, if more than a few wait, since a runtime may
    /// keep the first for the thread of this task, until another one takes its place there.
    fn put(&self, child: Fresh<TaskOf<F, T, E, R>>) -> Result<Call, Lost> {
        let mut state = lock(&self.state);
        if state.closed {
            drop(state);
            drop(child);
            return Err(Lost);
        }
        state.queue.push_back(child);
        Ok(match state.called {
            0 => state.call_another(self.most),
            1 if state.queue.len() > FEW => state.call_another(self.most),
            _ => Call::Nobody,
        })
    }

    /// No more children come.
    fn close(&self) {
        let (resting, call) = {
            let mut state = lock(&self.state);
            state.closed = true;
            (state.call_all(), state.call.take())
        };
        ring_for(resting);
        drop(call);
    }
}

impl<T: super::Task> State<T> {
    /// Calls the group that rests for the shortest time, or asks for a new one. There is none to be called if all work.
    fn call_another(&mut self, most: usize) -> Call {
        match self.resting.pop() {
            Some(lane) => {
                self.called += 1;
                Call::Ring(lane)
            }
            None if self.groups < most => {
                self.called += 1;
                self.groups += 1;
                Call::Start
            }
            None => Call::Nobody,
        }
    }

    fn call_all(&mut self) -> Vec<Arc<Lane>> {
        self.called += self.resting.len();
        std::mem::take(&mut self.resting)
    }
}

fn ring_for(groups: Vec<Arc<Lane>>) {
    for group in groups {
        group.room.ring();
    }
}

impl<F, T, E, R> Supply for Feed<F, T, E, R>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    R: Runtime,
{
    type Task = TaskOf<F, T, E, R>;

    const COUNTS_AHEAD: bool = false;
    // Its lock is the call's, too.
    const GIVES_BATCHES: bool = true;

    fn nursery(&self) -> &Arc<Of<Self::Task>> {
        &self.nursery
    }

    fn location(&self) -> &'static Location<'static> {
        self.location
    }

    fn full(&self) -> u32 {
        u32::try_from(self.full).unwrap_or(u32::MAX)
    }

    fn starts(&self) {
        let mut state = lock(&self.state);
        state.groups += 1;
        state.called += 1;
    }

    fn comes(&self) -> Call {
        let mut state = lock(&self.state);
        state.called -= 1;
        match state.queue.len() > 1 && state.called == 0 {
            true => state.call_another(self.most),
            false => Call::Nobody,
        }
    }

    fn take(
        &self,
        lane: &Arc<Lane>,
        ended: usize,
        room: u32,
        hand: &mut Hand<Self::Task>,
    ) -> Next<Self::Task> {
        let mut state = lock(&self.state);
        state.free += ended;
        let next = match state.queue.pop_front() {
            Some(child) => Next::Child(child),
            None if state.closed => Next::Nobody,
            None => {
                state.resting.push(Arc::clone(lane));
                Next::Rest
            }
        };
        // Few, so that others have something to take as well.
        let others = (state.queue.len() / FULL).min(room as usize - 1);
        hand.batch.extend(state.queue.drain(..others));
        hand.call = state.call_for_more();
        next
    }

    fn give_back(&self, ended: usize) -> Option<Waker> {
        let mut state = lock(&self.state);
        state.free += ended;
        state.call_for_more()
    }

    fn ends(&self, lane: &Arc<Lane>, stance: Stance) -> bool {
        let (others, is_last) = {
            let mut state = lock(&self.state);
            let place = state.resting.iter().position(|one| Arc::ptr_eq(one, lane));
            match (stance, place) {
                (_, Some(place)) => drop(state.resting.swap_remove(place)),
                (Stance::Works, None) => {}
                // One that rested, too, has been called if it is not on the list (invariant 3).
                (Stance::Called | Stance::Rests, None) => state.called -= 1,
            }
            state.groups -= 1;
            state.closed = true;
            (state.call_all(), state.groups == 0)
        };
        // If it ends before its time, it may be the only one that had been called.
        ring_for(others);
        is_last
    }
}

impl<T: super::Task> State<T> {
    /// The call, if it waits and is to be woken: not while as many children wait to begin as there are places, for they come first.
    fn call_for_more(&mut self) -> Option<Waker> {
        if self.free <= self.queue.len() {
            return None;
        }
        self.call.take()
    }
}

impl<F, T, E, R> Waiting for Feed<F, T, E, R>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    R: Runtime,
{
    fn members(&self) -> Vec<Member> {
        let state = lock(&self.state);
        let waiting = state.queue.iter();
        let members = waiting.map(|child| Roster::waiting(child.number, child.born, self.location));
        members.collect()
    }

    fn uncounted(&self) -> usize {
        lock(&self.state).queue.len()
    }
}
