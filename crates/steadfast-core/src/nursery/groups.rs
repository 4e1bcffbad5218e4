//! Many children in a few tasks: [`Nursery::spawn_all`].
//!
//! A task of its own costs a child an allocation, and a way through the runtime's queues. A **group** is one task for many children: it
//! has a [room](Room), as a scope has, in which they are [light children](super::light) of the nursery, and polls each when it has been
//! woken.
//!
//! # Who takes what
//!
//! Children that have not begun lie in a [`Pool`], from which groups take one at a time, when they come to it. So a group that lags, or
//! whose child blocks its thread, takes none, and the others take what it would have had. What has begun stays with its group.
//!
//! | in the pool | the group | and so it |
//! |---|---|---|
//! | more than one child | has not begun, and no other one has | starts another group, and gives others their turn |
//! | children | has not begun | begins |
//! | children | has begun, and has fewer than [`FULL`] | takes the next one, polls whoever was woken first |
//! | nobody, or it is full | has children | polls whoever was woken first, sleeps if nobody was |
//! | nobody | has none | ends |
//!
//! So while there are children in the pool, there is a group that has not begun, however many have children that block: it waits for its
//! turn, and any thread may come for it. If children are done at once and one thread polls, there are about as many groups as the
//! square root of a 30th of them; if they wait, one for [`FULL`] of them.
//!
//! # Invariants
//!
//! 1. A group counts in the tally from before the runtime gets it until its room is closed, and all that it has from its users is gone.
//!    In the room it counts as one of the light children, so that none of these is ever the last one, and none enters or leaves the tally.
//! 2. While there are children in the pool, there is a group that has not ended, or the call has them still: it starts the first group,
//!    and takes the pool back if the runtime refuses that; the others are started by groups. The last one that ends before its time,
//!    because the runtime drops it, takes the children along: they are lost, as children are whose tasks a runtime drops.
//! 3. Whoever has the lock of [`Groups`] sees as many groups as count in the tally.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use self::pool::Pool;
use super::child::ChildTask;
use super::light::{self, Entrant};
use super::roster::{ChildKind, Roster};
use super::sink::{ChildOutput, Forget};
use super::spawn::{NotLaunched, Spawned, Why};
use super::{Enclosing, Hold, Inner, Left, Nursery, Post, Tally};
use crate::context::{Own, at_spawn};
use crate::local::TaskLocals;
use crate::scope::{Crowd, Movable, Polled, Room, TURN};
use crate::span::Surroundings;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Mutex, lock};
use crate::time::Moment;
use crate::tree::Member;
use crate::{Origin, Runtime, unwind};

mod pool;

/// A group of as many children takes no more. Whoever blocks keeps no more than these from being polled.
const FULL: u32 = 64;

impl<E: Send + 'static, R: Runtime> Nursery<E, R> {
    /// Starts each of `futures` as a child, many of them in one task of the runtime.
    ///
    /// Each is a child as by [`spawn`](Self::spawn): it is waited for, sees requests, fails the nursery by an error or a panic, cleans up,
    /// is woken by itself, and stands in the tree. What differs is who shares a thread. A few tasks take the children in the order of
    /// `futures`, one at a time, and poll those that they have taken. A child that blocks its thread, or computes for long, keeps
    /// those of its task, 63 at most, from being polled meanwhile, and no others: what has not begun is taken by another task, as long
    /// as the runtime has a thread for it. So it is for many children that do little; a few that compute are spawned one by one.
    ///
    /// `futures` is exhausted before the first child begins.
    ///
    /// Costs no allocation for a child: some for all, and some for each task. There is one task for 64 children that wait at the same
    /// time, and one more now and then while there are children to begin: some 60 for 100,000 that are done at once.
    /// Under a [limit](crate::Builder::limit), with a [name](Self::named), and where a [grace](crate::Builder::grace) may
    /// end children, each has a task of its own, as if spawned one by one; so has a future of more than about 32 KiB, or with an
    /// alignment above 16.
    ///
    /// # Errors
    ///
    /// If the nursery is closed or the runtime has shut down, [`Spawned`] holds those that were refused.
    ///
    /// # Examples
    ///
    /// ```
    /// # use steadfast_core::{Never, Nursery, Runtime};
    /// # async fn notify(_: String) {}
    /// # fn example(n: &Nursery<Never, impl Runtime>, subscribers: Vec<String>) {
    /// n.spawn_all(subscribers.into_iter().map(notify));
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_all<I>(&self, futures: I) -> Spawned<Vec<I::Item>>
    where
        I: IntoIterator,
        I::Item: Future + Send + 'static, // futures: `async { .. }`, not `|| ..`
        <I::Item as Future>::Output: ChildOutput<E>,
    {
        let location = Location::caller();
        let futures: Vec<_> = futures.into_iter().collect();
        let plan = self.plan(ChildKind::Plain, Forget, location);
        if !self.inner.may_be_light(&plan) || !light::fits::<TaskOf<I::Item, E, R>>() {
            return self.spawn_each_in(self.place(), futures);
        }
        let launched = launch(&self.inner, location, futures);
        Spawned::new(launched, || Origin::new(None, location))
    }
}

/// The children of one call.
struct Many<F, E, R> {
    nursery: Arc<Inner<E, R>>,
    pool: Pool<F>,
    /// The number of the first one.
    first: u64,
    born: Moment,
    location: &'static Location<'static>,
    /// Groups that have not ended.
    groups: AtomicUsize,
    /// Groups that have not begun.
    fresh: AtomicUsize,
}

/// What children are for the code of light children.
type TaskOf<F, E, R> = ChildTask<F, Forget, E, R>;

fn launch<F, E, R>(
    nursery: &Arc<Inner<E, R>>,
    location: &'static Location<'static>,
    futures: Vec<F>,
) -> Result<(), NotLaunched<Vec<F>>>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<E>,
    E: Send + 'static,
    R: Runtime,
{
    let count = futures.len();
    if count == 0 {
        return Ok(());
    }
    let (own, born) = at_spawn();
    let many = Arc::new(Many {
        nursery: Arc::clone(nursery),
        first: nursery.roster.next_numbers(count),
        pool: Pool::new(futures),
        born,
        location,
        groups: AtomicUsize::new(0),
        fresh: AtomicUsize::new(0),
    });
    let spawner = Spawner {
        locals: own.locals,
        around: Surroundings::here(),
    };
    start_group(&many, &spawner, count).map_err(|why| {
        let futures = std::iter::from_fn(|| many.pool.take());
        NotLaunched {
            future: futures.map(|(_, future)| future).collect(),
            why,
        }
    })
}

/// Makes one more group, and hands it to the runtime. With it come `children` more.
fn start_group<F, E, R>(
    many: &Arc<Many<F, E, R>>,
    spawner: &Spawner,
    children: usize,
) -> Result<(), Why>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<E>,
    E: Send + 'static,
    R: Runtime,
{
    let nursery = &many.nursery;
    let crowd = Crowd::attending(Arc::clone(nursery) as Arc<dyn Enclosing>);
    let lane = Arc::new(Lane {
        room: Arc::clone(crowd.room()),
        ended: AtomicUsize::new(0),
        many: Arc::downgrade(many) as Weak<dyn Waiting>,
    });
    if !nursery.groups.enter(&nursery.tally, &lane, children) {
        return Err(Why::Closed);
    }
    many.groups.fetch_add(1, Ordering::Relaxed);
    many.fresh.fetch_add(1, Ordering::Relaxed);
    let at_work = AtWork {
        crowd,
        lane,
        started: 0,
        many: Arc::clone(many),
        spawner: spawner.clone(),
    };
    let group = Group {
        at_work: Some(at_work),
        has_begun: false,
        full: FULL,
    };
    match nursery.runtime.spawn(group) {
        Ok(()) => Ok(()),
        Err(refused) => {
            refused.into_inner().recall(children);
            Err(Why::Shutdown)
        }
    }
}

/// A task for many children.
struct Group<F, E, R>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<E>,
    E: Send + 'static,
    R: Runtime,
{
    /// Until it has ended.
    at_work: Option<AtWork<F, E, R>>,
    has_begun: bool,
    /// It takes children while it has fewer.
    full: u32,
}

/// What a group has until it ends. The crowd attends the nursery of `many`.
struct AtWork<F, E, R> {
    crowd: Crowd<Movable>,
    lane: Arc<Lane>,
    started: usize,
    many: Arc<Many<F, E, R>>,
    spawner: Spawner,
}

/// What children have from the place of the call.
#[derive(Clone)]
struct Spawner {
    locals: TaskLocals,
    around: Surroundings,
}

impl<F, E, R> AtWork<F, E, R>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<E>,
    E: Send + 'static,
    R: Runtime,
{
    /// Counts it among those that have begun, unless nobody else would wait for the children that are left.
    fn may_begin(&self) -> bool {
        let least = match self.many.pool.left().len() {
            0 | 1 => 0,
            _ => 1,
        };
        // In one word, so that two that begin at the same time do not each take the other for the one that waits.
        let others_wait = |fresh: usize| (fresh > least).then(|| fresh - 1);
        let fresh = &self.many.fresh;
        fresh
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, others_wait)
            .is_ok()
    }

    /// Takes a child from the pool. `false` if there is none.
    #[inline]
    fn start_child(&mut self) -> bool {
        let many = &*self.many;
        let Some((index, future)) = many.pool.take() else {
            return false;
        };
        let entrant = Entrant {
            number: many.first + index as u64,
            kind: ChildKind::Plain,
            location: many.location,
            born: many.born,
            own: Own::with(self.spawner.locals.clone()),
            span: self.spawner.around.child(many.location),
            sink: Forget,
        };
        // SAFETY: the crowd attends the nursery of these children.
        let added = unsafe { self.crowd.add::<TaskOf<F, E, R>>(entrant, future) };
        debug_assert!(
            added.is_ok(),
            "they fit, and the crowd has not closed its room"
        );
        self.started += 1;
        true
    }

    /// Polls whoever was woken first, if anybody was.
    #[inline]
    fn poll_next(&mut self) -> bool {
        let is_anybody = !matches!(self.crowd.poll_next(), Polled::Nobody);
        let ended = self.started - self.crowd.light() as usize;
        self.lane.ended.store(ended, Ordering::Relaxed);
        is_anybody
    }

    /// Drops everything, and then counts out (invariant 1), with `children`.
    fn let_go(self, children: usize) {
        let Self {
            crowd,
            lane,
            many,
            spawner,
            ..
        } = self;
        drop(crowd);
        // Values and a subscriber of the user's.
        unwind::drop_quietly(spawner);
        let nursery = &many.nursery;
        let left = nursery.groups.leave(&nursery.tally, &lane, children);
        Hold::release_all(nursery.after_leave(left, Post::Foreground));
    }
}

impl<F, E, R> Group<F, E, R>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<E>,
    E: Send + 'static,
    R: Runtime,
{
    /// Begins to poll. `false` if it is to wait, while another group begins.
    fn begins(&mut self) -> bool {
        let Some(at_work) = &self.at_work else {
            return true;
        };
        if at_work.may_begin() {
            self.has_begun = true;
        } else if start_group(&at_work.many, &at_work.spawner, 0).is_err() {
            // There will be no others.
            at_work.many.fresh.fetch_sub(1, Ordering::Relaxed);
            self.has_begun = true;
            self.full = u32::MAX;
        }
        self.has_begun
    }

    /// It ends, whether it is done or the runtime drops it.
    fn end(&mut self) {
        let Some(mut at_work) = self.at_work.take() else {
            return;
        };
        if !self.has_begun {
            at_work.many.fresh.fetch_sub(1, Ordering::Relaxed);
        }
        // Invariant 2. Acquires what those did who have ended before.
        let others = at_work.many.groups.fetch_sub(1, Ordering::AcqRel) - 1;
        if others == 0 {
            while at_work.start_child() {}
        }
        let started = at_work.started;
        at_work.let_go(started);
    }

    /// Undoes the start of a group that the runtime has refused, and of `children` with it. The pool stays as it is.
    fn recall(mut self, children: usize) {
        if let Some(at_work) = self.at_work.take() {
            at_work.many.fresh.fetch_sub(1, Ordering::Relaxed);
            at_work.many.groups.fetch_sub(1, Ordering::Relaxed);
            at_work.let_go(children);
        }
    }
}

impl<F, E, R> Future for Group<F, E, R>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<E>,
    E: Send + 'static,
    R: Runtime,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if !this.has_begun && !this.begins() {
            // A runtime may keep the new task for the thread that has started it, where a child of ours may block.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(at_work) = &mut this.at_work else {
            return Poll::Ready(());
        };
        let here = at_work.crowd.enter();
        at_work.crowd.begin_poll();
        for _ in 0..TURN.max(2 * at_work.crowd.len()) {
            if at_work.crowd.light() < this.full {
                at_work.start_child();
            }
            if at_work.poll_next() {
                continue;
            }
            if at_work.crowd.light() == 0 {
                drop(here);
                this.end();
                return Poll::Ready(());
            }
            if at_work.crowd.sleep(cx.waker()) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<F, E, R> Drop for Group<F, E, R>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<E>,
    E: Send + 'static,
    R: Runtime,
{
    fn drop(&mut self) {
        self.end();
    }
}

/// The groups of a nursery that have not ended.
#[derive(Default)]
pub(super) struct Groups(Mutex<Open>);

#[derive(Default)]
struct Open {
    lanes: Vec<Arc<Lane>>,
    /// The children of all calls, less those that were in groups that have ended.
    children: usize,
}

/// What others see of a group.
struct Lane {
    room: Arc<Room>,
    /// Children of it that have ended.
    ended: AtomicUsize,
    many: Weak<dyn Waiting>,
}

/// The children of one call that have not begun, whatever they are.
trait Waiting: Send + Sync {
    fn members(&self) -> Vec<Member>;
}

impl<F: Send, E: Send + 'static, R: Runtime> Waiting for Many<F, E, R> {
    fn members(&self) -> Vec<Member> {
        let numbers = self.pool.left().map(|index| self.first + index as u64);
        let waiting = numbers.map(|number| Roster::waiting(number, self.born, self.location));
        waiting.collect()
    }
}

impl Groups {
    /// Counts a group, and `children` that come with it; `false` if the nursery is closed.
    fn enter(&self, tally: &Tally, lane: &Arc<Lane>, children: usize) -> bool {
        let mut open = lock(&self.0);
        if tally.enter(Post::Foreground).is_none() {
            return false;
        }
        open.lanes.push(Arc::clone(lane));
        open.children += children;
        true
    }

    /// Counts a group out, and `children` that go with it.
    fn leave(&self, tally: &Tally, lane: &Arc<Lane>, children: usize) -> Left {
        let (left, gone) = {
            let mut open = lock(&self.0);
            open.children -= children;
            let place = open.lanes.iter().position(|one| Arc::ptr_eq(one, lane));
            let gone = place.map(|place| open.lanes.swap_remove(place));
            (tally.leave(Post::Foreground), gone)
        };
        // Not under the lock: the room may have wakers of the user's.
        drop(gone);
        left
    }

    /// Who is left, and how many of these are children in groups more than there are groups.
    pub(super) fn left(&self, tally: &Tally) -> (Left, i64) {
        let open = lock(&self.0);
        let ended = |lane: &Arc<Lane>| lane.ended.load(Ordering::Relaxed);
        let ended: usize = open.lanes.iter().map(ended).sum();
        let more = (open.children - ended) as i64 - open.lanes.len() as i64;
        (tally.left(), more)
    }

    /// Adds their members to the list, which is one by number then. A child on its way from the pool to its seat is missing.
    pub(super) fn list(&self, roster: &Roster, members: &mut Vec<Member>) {
        let lanes = lock(&self.0).lanes.clone();
        if lanes.is_empty() {
            return;
        }
        let place = |many: &Weak<dyn Waiting>| many.as_ptr().addr();
        let mut many: Vec<_> = lanes.iter().map(|lane| &lane.many).collect();
        many.sort_by_key(|many| place(many));
        many.dedup_by_key(|many| place(many));
        // Before those in the rooms are looked at, so that nobody is missed who begins meanwhile.
        for many in many.into_iter().filter_map(Weak::upgrade) {
            members.extend(many.members());
        }
        for lane in &lanes {
            lane.room
                .each_seat(|seat| members.extend(roster.member(seat)));
        }
        // Of a child that has begun meanwhile, what was seen last stands.
        members.reverse();
        members.sort_by_key(|member| member.id);
        members.dedup_by_key(|member| member.id);
    }
}
