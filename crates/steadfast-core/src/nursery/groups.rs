//! Many children in a few tasks: [`Nursery::spawn_all`](super::Nursery::spawn_all), and
//! [`map_concurrent`](crate::Builder::map_concurrent) with many at a time.
//!
//! A task of its own costs a child an allocation, and a way through the runtime's queues. A **group** is one task for many children: it
//! has a [room](Room), as a scope has, in which they are [light children](super::light) of the nursery, and polls each when it has been
//! woken.
//!
//! # Who takes what
//!
//! Children that have not begun lie in a [`Supply`]: those of `spawn_all` in [a pool](at_once), those of a map in [a feed](feed), to
//! which they come one after the other. From there groups take one at a time, or a small share, when they come to it. So a group that
//! lags, or whose child blocks its thread, takes none, and the others take what it would have had. What it has taken stays with it.
//!
//! A group has been **called** when it is new, and when it rested and was rung for.
//!
//! | in the supply | the group | and so it |
//! |---|---|---|
//! | more than one child | has been called, and no other one has | calls another group, if there is one, gives others their turn, and works |
//! | children | has been called | works |
//! | children | works, and is not full | takes the next one, or several, polls whoever was woken first |
//! | nobody, but some may come | works, and is not full | rests: polls whoever was woken first, looks into the supply no more |
//! | nobody, or it is full | has children | polls whoever was woken first, sleeps if nobody was |
//! | nobody, and none will come | has none | ends |
//!
//! So while there are children in the supply, a group has been called, or all that there may be work. One that has been called waits for
//! its turn, and any thread may come for it: whoever calls somebody from a task gives others their turn before it polls a child, for a
//! runtime may keep whom a task has woken for the thread of that task, where a child may block.
//!
//! # Invariants
//!
//! 1. A group counts in the tally from before the runtime gets it until its room is closed, and all that it has from its users is gone.
//!    In the room it counts as one of the light children, so that none of these is ever the last one, and none enters or leaves the tally.
//! 2. While there are children in the supply, there is a group that has not ended, or the call has them still: it starts the first
//!    group, and takes them back if the runtime refuses that. The last one that ends before its
//!    time, because the runtime drops it, takes the children along: they are lost, as children are whose tasks a runtime drops.
//! 3. Whoever has the lock of [`Groups`] sees as many groups as count in the tally.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use super::child::Task;
use super::light::Entrant;
use super::roster::{ChildKind, Roster};
use super::spawn::Why;
use super::{Enclosing, Hold, Inner, Left, Post, Tally};
use crate::context::Own;
use crate::local::TaskLocals;
use crate::scope::{Crowd, Movable, Polled, Room, TURN};
use crate::span::Surroundings;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Mutex, lock};
use crate::time::Moment;
use crate::tree::Member;
use crate::{Spawn as _, context, unwind};

mod at_once;
mod feed;
mod pool;

pub(super) use self::feed::Feeder;

/// Where groups take their children from.
trait Supply: Waiting + Sized + 'static {
    type Task: Task<Work: Send + 'static, Sink: Send + 'static>;

    /// Its children have been counted in [`Groups`] before they begin.
    const COUNTS_AHEAD: bool;

    /// Several are taken at a time, and no more before those that have been woken have been polled.
    const GIVES_BATCHES: bool;

    fn nursery(&self) -> &Arc<Of<Self::Task>>;

    /// Where the children were spawned.
    fn location(&self) -> &'static Location<'static>;

    /// A group of as many children takes no more.
    fn full(&self) -> u32;

    /// The first group is called.
    fn starts(&self);

    /// A group comes that has been called, and counts as called no more.
    fn comes(&self) -> Call;

    /// The next child for a group that has room for so many, and of which `ended` have ended since it asked last. What else it gives
    /// goes into `hand`.
    fn take(
        &self,
        lane: &Arc<Lane>,
        ended: usize,
        room: u32,
        hand: &mut Hand<Self::Task>,
    ) -> Next<Self::Task>;

    /// So many children have ended of a group that rests, or ends. Who waits for that is to be woken.
    fn give_back(&self, _ended: usize) -> Option<Waker> {
        None
    }

    /// A group ends, done or not. `true` if it was the last.
    fn ends(&self, lane: &Arc<Lane>, stance: Stance) -> bool;
}

/// The nursery of such children.
type Of<T> = Inner<<T as Task>::Error, <T as Task>::Runtime>;

/// Who else is to be called.
enum Call {
    Nobody,
    /// A group that rested. It counts as called now, and is to be rung for.
    Ring(Arc<Lane>),
    /// A new group is to be started. It counts as called already.
    Start,
}

/// What there is in a supply for a group that is not full.
enum Next<T: Task> {
    Child(Fresh<T>),
    /// Nobody now: the group rests, and will be rung for.
    Rest,
    /// Nobody any more.
    Nobody,
}

/// What a supply gives beside the next child.
struct Hand<T: Task> {
    batch: VecDeque<Fresh<T>>,
    /// Who waits for places, to be woken.
    call: Option<Waker>,
}

/// A child that has not begun.
struct Fresh<T: Task> {
    number: u64,
    born: Moment,
    work: T::Work,
    sink: T::Sink,
}

/// How a group stands to its supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stance {
    /// It is on its way.
    Called,
    /// It looks into the supply before it sleeps.
    Works,
    /// It has found the supply empty, and will be called.
    Rests,
}

/// Makes the first group of a supply, and hands it to the runtime. With it come `children`, which stay in the supply if the runtime
/// refuses.
fn start_first_group<S: Supply>(
    supply: &Arc<S>,
    spawner: &Spawner,
    children: usize,
) -> Result<(), Why> {
    supply.starts();
    start_group(supply, spawner, children, |refused| {
        refused.recall(children)
    })
}

/// Makes one more group, which counts as called, and hands it to the runtime.
fn start_another_group<S: Supply>(supply: &Arc<S>, spawner: &Spawner) -> Result<(), Why> {
    // It ends as any does that the runtime drops: it may be the last.
    start_group(supply, spawner, 0, drop)
}

fn start_group<S: Supply>(
    supply: &Arc<S>,
    spawner: &Spawner,
    children: usize,
    refuse: impl FnOnce(Group<S>),
) -> Result<(), Why> {
    let nursery = supply.nursery();
    let crowd = Crowd::attending(Arc::clone(nursery) as Arc<dyn Enclosing>);
    let lane = Arc::new(Lane {
        room: Arc::clone(crowd.room()),
        begun: AtomicUsize::new(0),
        ended: AtomicUsize::new(0),
        supply: Arc::downgrade(supply) as Weak<dyn Waiting>,
    });
    if !nursery.groups.enter(&nursery.tally, &lane, children) {
        _ = supply.ends(&lane, Stance::Called);
        return Err(Why::Closed);
    }
    let at_work = AtWork {
        crowd,
        lane,
        started: 0,
        given_back: 0,
        hand: Hand {
            batch: VecDeque::new(),
            call: None,
        },
        gives_turn: false,
        stance: Stance::Called,
        full: supply.full(),
        supply: Arc::clone(supply),
        spawner: spawner.clone(),
    };
    let group = Group {
        at_work: Some(at_work),
    };
    match nursery.runtime.spawn(group) {
        Ok(()) => Ok(()),
        Err(refused) => {
            refuse(refused.into_inner());
            Err(Why::Shutdown)
        }
    }
}

/// A task for many children.
struct Group<S: Supply> {
    /// Until it has ended.
    at_work: Option<AtWork<S>>,
}

// Children that have been polled lie in blocks of the room.
impl<S: Supply> Unpin for Group<S> {}

/// What a group has until it ends. The crowd attends the nursery of the supply.
struct AtWork<S: Supply> {
    crowd: Crowd<Movable>,
    lane: Arc<Lane>,
    started: usize,
    /// Of those that have ended, how many the supply knows of.
    given_back: usize,
    /// Empty, but while something is on its way.
    hand: Hand<S::Task>,
    /// It has woken somebody, who comes before its own children.
    gives_turn: bool,
    stance: Stance,
    /// It takes children while it has fewer.
    full: u32,
    supply: Arc<S>,
    spawner: Spawner,
}

/// What children have from the place of the call.
#[derive(Clone)]
struct Spawner {
    locals: TaskLocals,
    around: Surroundings,
}

impl Spawner {
    /// With the time at which they are spawned.
    fn here() -> (Self, Moment) {
        let (own, now) = context::at_spawn();
        let spawner = Self {
            locals: own.locals,
            around: Surroundings::here(),
        };
        (spawner, now)
    }
}

impl<S: Supply> AtWork<S> {
    /// Works from now on, and calls another group if that is its turn.
    fn come(&mut self) {
        self.stance = Stance::Works;
        match self.supply.comes() {
            Call::Nobody => {}
            Call::Ring(other) => {
                other.room.ring();
                self.gives_turn = true;
            }
            Call::Start => {
                match start_another_group(&self.supply, &self.spawner) {
                    Ok(()) => self.gives_turn = true,
                    // There will be no others.
                    Err(_) => self.full = u32::MAX,
                }
            }
        }
    }

    /// Takes children from the supply if there is room for them, and tells it how many have ended.
    #[inline]
    fn look(&mut self) {
        match self.stance {
            Stance::Works if self.crowd.light() < self.full => _ = self.start_children(),
            Stance::Rests => self.give_back(),
            _ => {}
        }
    }

    /// Takes a child from the supply, or a batch. `false` if there is none.
    #[inline]
    fn start_children(&mut self) -> bool {
        // The last group takes all, at its end.
        let room = self.full.saturating_sub(self.crowd.light()).max(1);
        let ended = self.ended_since();
        let next = self.supply.take(&self.lane, ended, room, &mut self.hand);
        let is_any = matches!(next, Next::Child(_));
        match next {
            Next::Child(fresh) => self.start_child(fresh),
            Next::Rest => self.stance = Stance::Rests,
            Next::Nobody => {}
        }
        if S::GIVES_BATCHES {
            while let Some(fresh) = self.hand.batch.pop_front() {
                self.start_child(fresh);
            }
            let call = self.hand.call.take();
            self.wake(call);
        }
        if !S::COUNTS_AHEAD {
            self.lane.begun.store(self.started, Ordering::Relaxed);
        }
        is_any
    }

    #[inline]
    fn start_child(&mut self, fresh: Fresh<S::Task>) {
        let Fresh {
            number,
            born,
            work,
            sink,
        } = fresh;
        let location = self.supply.location();
        let entrant = Entrant {
            number,
            kind: ChildKind::Plain,
            location,
            born,
            own: Own::with(self.spawner.locals.clone()),
            span: self.spawner.around.child(location),
            sink,
        };
        // SAFETY: the crowd attends the nursery of these children.
        let added = unsafe { self.crowd.add::<S::Task>(entrant, work) };
        debug_assert!(
            added.is_ok(),
            "they fit, and the crowd has not closed its room"
        );
        self.started += 1;
    }

    fn ended(&self) -> usize {
        self.started - self.crowd.light() as usize
    }

    /// Those that have ended since the supply was told. It is told now.
    #[inline]
    fn ended_since(&mut self) -> usize {
        let ended = self.ended();
        ended - std::mem::replace(&mut self.given_back, ended)
    }

    /// Polls whoever was woken first, if anybody was.
    #[inline]
    fn poll_next(&mut self) -> Polled {
        let polled = self.crowd.poll_next();
        // Released, so that whoever sees the count does not see those in the tree.
        self.lane.ended.store(self.ended(), Ordering::Release);
        if matches!(polled, Polled::Body) {
            self.stance = Stance::Called;
        }
        polled
    }

    /// Tells the supply how many have ended.
    fn give_back(&mut self) {
        match self.ended_since() {
            0 => {}
            ended => {
                let call = self.supply.give_back(ended);
                self.wake(call);
            }
        }
    }

    /// Whether it can go to sleep where it is to give others their turn, since it rests and nobody is to be polled.
    fn sleeps_for_a_turn(&mut self, waker: &Waker) -> bool {
        self.stance == Stance::Rests && !self.crowd.is_anybody_awake() && self.crowd.sleep(waker)
    }

    fn wake(&mut self, call: Option<Waker>) {
        if let Some(call) = call {
            call.wake();
            self.gives_turn = true;
        }
    }

    /// Drops everything, and then counts out (invariant 1), with `children`.
    fn let_go(self, children: usize) {
        let Self {
            crowd,
            lane,
            supply,
            spawner,
            started,
            given_back,
            hand,
            ..
        } = self;
        drop(crowd);
        unwind::drop_quietly(hand);
        if let Some(call) = supply.give_back(started - given_back) {
            call.wake();
        }
        // Values and a subscriber of the user's.
        unwind::drop_quietly(spawner);
        let nursery = supply.nursery();
        let left = nursery.groups.leave(&nursery.tally, &lane, children);
        Hold::release_all(nursery.after_leave(left, Post::Foreground));
    }
}

impl<S: Supply> Group<S> {
    /// It ends, whether it is done or the runtime drops it.
    fn end(&mut self) {
        let Some(mut at_work) = self.at_work.take() else {
            return;
        };
        // Invariant 2.
        if at_work.supply.ends(&at_work.lane, at_work.stance) {
            while at_work.start_children() {}
        }
        let counted = if S::COUNTS_AHEAD { at_work.started } else { 0 };
        at_work.let_go(counted);
    }

    /// Undoes the start of the first group, and of `children` with it. The supply keeps them.
    fn recall(mut self, children: usize) {
        if let Some(at_work) = self.at_work.take() {
            _ = at_work.supply.ends(&at_work.lane, at_work.stance);
            at_work.let_go(children);
        }
    }
}

impl<S: Supply> Future for Group<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let Some(at_work) = &mut this.at_work else {
            return Poll::Ready(());
        };
        let here = at_work.crowd.enter();
        at_work.crowd.begin_poll();
        let mut looks = true;
        for _ in 0..TURN.max(2 * at_work.crowd.len()) {
            if at_work.stance == Stance::Called {
                at_work.come();
            }
            if looks && !at_work.gives_turn {
                at_work.look();
            }
            if std::mem::take(&mut at_work.gives_turn) {
                if at_work.sleeps_for_a_turn(cx.waker()) {
                    return Poll::Pending;
                }
                break;
            }
            let has_looked = std::mem::replace(&mut looks, !S::GIVES_BATCHES);
            match at_work.poll_next() {
                Polled::Child => continue,
                Polled::Nobody if has_looked => {}
                Polled::Nobody | Polled::Body => {
                    looks = true;
                    continue;
                }
            }
            if at_work.stance == Stance::Works && at_work.crowd.light() == 0 {
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

impl<S: Supply> Drop for Group<S> {
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
    /// The children that have been counted ahead, less those that were in groups that have ended.
    children: usize,
}

/// What others see of a group.
struct Lane {
    room: Arc<Room>,
    /// Children of it that have begun, and have not been counted ahead.
    begun: AtomicUsize,
    /// Children of it that have ended.
    ended: AtomicUsize,
    supply: Weak<dyn Waiting>,
}

/// The children of one call that have not begun, whatever they are.
trait Waiting: Send + Sync {
    fn members(&self) -> Vec<Member>;

    /// Those that have not been counted ahead.
    fn uncounted(&self) -> usize {
        0
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
        let of = |lane: &Arc<Lane>| {
            // In this order, so that nobody is seen to have ended and not to have begun.
            let ended = lane.ended.load(Ordering::Acquire) as i64;
            lane.begun.load(Ordering::Relaxed) as i64 - ended
        };
        let in_groups: i64 = open.lanes.iter().map(of).sum();
        let waiting = supplies(&open.lanes).map(|supply| supply.uncounted());
        let waiting = waiting.sum::<usize>() as i64;
        let more = open.children as i64 + waiting + in_groups - open.lanes.len() as i64;
        (tally.left(), more)
    }

    /// Adds their members to the list, which is one by number then. A child on its way from the pool to its seat is missing.
    pub(super) fn list(&self, roster: &Roster, members: &mut Vec<Member>) {
        let lanes = lock(&self.0).lanes.clone();
        if lanes.is_empty() {
            return;
        }
        // Before those in the rooms are looked at, so that nobody is missed who begins meanwhile.
        for supply in supplies(&lanes) {
            members.extend(supply.members());
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

/// Those of the groups, each once.
fn supplies(lanes: &[Arc<Lane>]) -> impl Iterator<Item = Arc<dyn Waiting>> {
    let place = |supply: &Weak<dyn Waiting>| supply.as_ptr().addr();
    let mut supplies: Vec<_> = lanes.iter().map(|lane| &lane.supply).collect();
    supplies.sort_by_key(|supply| place(supply));
    supplies.dedup_by_key(|supply| place(supply));
    supplies.into_iter().filter_map(Weak::upgrade)
}
