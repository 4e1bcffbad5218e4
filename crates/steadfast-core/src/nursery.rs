//! The nursery: it owns children that run as tasks of the runtime, and returns when all are gone.
//!
//! # Life cycle
//!
//! ```text
//! open ──────────────► body ended ────────────► closed ──────────► returned
//!  body runs,           no body;                 no body, no        the body's clean-ups
//!  children come        children may still       child; spawn is    are done, the outcome
//!  and go               spawn children           refused            is known
//! ```
//!
//! One word counts: [`Tally`] holds the body and every child. It starts at one, for the body. A spawn adds one unless the
//! word is zero; who finishes takes one away. So **closed is the word being zero**, and a spawn that races the end of the
//! last child is either counted or refused, by one compare-and-swap. The body keeps its unit until the clean-ups that it
//! owes are done, so that these may still spawn. The plain children of a scope count as one, while there are any, and so do those of
//! a group ([`light`]).
//!
//! # Invariants
//!
//! 1. A child is counted from before its task is handed to the runtime until its future, its captures and its clean-ups are
//!    gone, whichever way it ends. The decrement is the last thing that a child does to its nursery.
//! 2. The decrement releases, and whoever sees zero acquires: the effects of children are visible after the nursery.
//! 3. A nursery whose future was dropped holds its enclosing nursery open (a [`Hold`] is a count there) until its own word is
//!    zero. Holds are released in a loop, not by recursion.
//! 4. A failure is recorded before the child that failed is counted out, so that the outcome is complete at zero.

use std::panic::Location;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::async_drop::Mishap;
use crate::context::GaveWay;
use crate::faults::{Fault, is_planted, unless};
use crate::origin::Name;
use crate::scope::Room;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{AtomicWaker, Mutex, OnceLock, lock};
use crate::tree::{Kind, Node, Seed, Tree};
use crate::{AnyRuntime, CancelReason, Origin, Report, Runtime, Timer, report};

mod absent;
mod adopt;
mod blocking;
mod builder;
mod child;
mod forms;
mod groups;
mod guest;
mod handle;
mod lend;
mod light;
mod local;
mod map;
mod outcome;
mod roster;
mod run;
mod sink;
mod spawn;
mod start;

pub(crate) use self::adopt::{Enclosing, Hold, adopt, ask_roots_to_shut_down, reap};
pub use self::builder::{Ambient, Builder, Fixed, Source};
pub(crate) use self::child::Task;
pub(crate) use self::forms::{handle_methods, spawn_methods};
pub use self::guest::{Guest, GuestWork, Invitation};
pub use self::handle::{Child, ChildError, ChildState};
pub use self::lend::{Lent, StillLent};
pub(crate) use self::light::{Entrant, add, hold};
pub use self::local::LocalNursery;
pub(crate) use self::map::{All, fill};
pub use self::outcome::{Failure, FailureKind, NurseryError};
pub(crate) use self::roster::ChildKind;
pub(crate) use self::run::{NurseryFuture, Plain, Policy, Try};
pub use self::sink::{ChildOutput, HandleOutput};
pub(crate) use self::spawn::{Place, Plan, Why};
pub use self::spawn::{RefusedSpawn, Spawned};
pub use self::start::{Ready, StartError};

use self::groups::Groups;
use self::outcome::Failures;
use self::roster::Roster;
pub(crate) use self::roster::{Seat, Ticket};

/// The error type of a nursery whose children cannot fail.
///
/// No value of it exists. Where a compile error wants `From<..>` for it, a child uses `?`: open its nursery with `try_nursery`, its
/// scope with `try_scope`, and name the error, as in `try_scope(async |s: Scope<'_, io::Error>| ..)`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_debug_implementations,
    reason = "`HandleOutput` tells it from the errors of users, which have `Debug`"
)]
pub enum Never {}

/// A handle to an open nursery: spawns children into it, asks it to end, looks at it.
///
/// Cheap to clone, usable from any thread and from children. A handle that outlives the nursery keeps nothing waiting: its
/// spawns are refused and hand the future back.
///
/// `E` is the error that children may end with; in a plain nursery there is none ([`Never`]). `R` is the runtime that the
/// children run on.
pub struct Nursery<E, R> {
    inner: Arc<Inner<E, R>>,
    /// The name that the next children get.
    name: Option<Name>,
}

/// What a nursery shares with its children.
pub(crate) struct Inner<E, R> {
    node: Arc<Node>,
    background: OnceLock<Arc<Node>>,
    runtime: R,
    any: AnyRuntime,
    tally: Tally,
    /// Set when the body's unit is gone from the tally.
    body_left: AtomicBool,
    /// The nursery's future, waiting at the exit.
    exit: AtomicWaker,
    failures: Mutex<Failures<E>>,
    roster: Roster,
    limit: Option<Arc<async_lock::Semaphore>>,
    /// The nursery in whose task this one was opened.
    enclosing: Mutex<Outer>,
    /// Held while this nursery drains without its future (invariant 3).
    hold: Mutex<Option<Hold>>,
    reaper: Mutex<adopt::Reaper>,
    settings: Settings,
    host: Host,
    /// Where the light children of a scope lie, if it has had any.
    crowd: OnceLock<Arc<Room>>,
    /// The children that share tasks.
    groups: Groups,
}

/// Who polls the children of a nursery, and who drops them. What differs between nurseries and scopes follows from it:
///
/// | | `Runtime` | `Task` |
/// |---|---|---|
/// | a shield in a child | is the child's | holds for the task around as well, which must not drop the child |
/// | a child that is dropped early | is lost: the runtime has shut down | has given way: its scope was dropped |
/// | clean-ups that it owes then | are run by the nursery, which it holds open | go to the task that drops the scope |
/// | work that is taken over | is a child like any other | moves further out if the scope is dropped, too |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The runtime: the children are tasks of their own, or those of a group share one.
    Runtime,
    /// The future of a scope, inside the task that opened it.
    Task,
}

/// The nursery around. One that has closed holds it no longer, so that no long chain is left to be freed at once, but still
/// finds it for what comes late.
enum Outer {
    Held(Arc<dyn Enclosing>),
    Known(Weak<dyn Enclosing>),
    None,
}

impl Outer {
    fn get(&self) -> Option<Arc<dyn Enclosing>> {
        match self {
            Self::Held(outer) => Some(Arc::clone(outer)),
            Self::Known(outer) => outer.upgrade(),
            Self::None => None,
        }
    }

    /// Returns what was held, to be dropped outside of the lock.
    fn let_go(&mut self) -> Self {
        let known = match self {
            Self::Held(outer) => Self::Known(Arc::downgrade(outer)),
            Self::Known(outer) => Self::Known(Weak::clone(outer)),
            Self::None => Self::None,
        };
        std::mem::replace(self, known)
    }
}

/// What a nursery inherits from the one around it, unless its builder says otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) grace: Option<Duration>,
    pub(crate) slow_exit: Option<Duration>,
    pub(crate) cleanup_budget: Duration,
    pub(crate) collect_panics: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            grace: None,
            slow_exit: Some(Duration::from_secs(5)),
            cleanup_budget: Duration::from_secs(30),
            collect_panics: false,
        }
    }
}

/// Counts the body and the children, those of the foreground and those of the background.
struct Tally(AtomicU64);

/// The two halves of the tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Post {
    Foreground,
    Background,
}

/// Who is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Left {
    foreground: u32,
    background: u32,
}

impl Left {
    const NOBODY: Self = Self {
        foreground: 0,
        background: 0,
    };

    /// Whether there are others than so many of the foreground.
    const fn is_more_than(self, foreground: u32) -> bool {
        self.foreground > foreground || self.background > 0
    }
}

impl Tally {
    fn with_body() -> Self {
        Self(AtomicU64::new(1))
    }

    const fn unit(post: Post) -> u64 {
        match post {
            Post::Foreground => 1,
            Post::Background => 1 << 32,
        }
    }

    /// Counts one more, unless the nursery is closed. Returns how many there were.
    fn enter(&self, post: Post) -> Option<u32> {
        // Acquire pairs with the release of the one who set zero; a successful entry needs no order of its own, because the
        // child reaches other threads through the runtime.
        let order = unless(Fault::RefusesRelaxed, Ordering::Acquire);
        self.0
            .fetch_update(Ordering::Relaxed, order, |count| {
                (count != 0).then_some(count + Self::unit(post))
            })
            .ok()
            .map(|count| {
                let before = Self::parts(count);
                before.foreground + before.background
            })
    }

    fn leave(&self, post: Post) -> Left {
        #[cfg(all(feature = "__faults", not(steadfast_loom)))]
        if is_planted(Fault::CountsPlainly) {
            let before = crate::faults::unsound::subtract_plainly(&self.0, Self::unit(post));
            return Self::parts(before - Self::unit(post));
        }
        // Invariant 2: release what this one did, acquire what the others did.
        let order = unless(Fault::CountsRelaxed, Ordering::AcqRel);
        Self::parts(self.0.fetch_sub(Self::unit(post), order) - Self::unit(post))
    }

    fn left(&self) -> Left {
        Self::parts(self.0.load(unless(Fault::CountsRelaxed, Ordering::Acquire)))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the two halves of the word are taken apart"
    )]
    const fn parts(count: u64) -> Left {
        Left {
            foreground: count as u32,
            background: (count >> 32) as u32,
        }
    }
}

impl<E, R> Inner<E, R> {
    /// The scope of background children, which can be asked to end without the others.
    fn background(&self) -> &Arc<Node> {
        self.background.get_or_init(|| {
            Node::new(Seed {
                parent: Some(Arc::clone(&self.node)),
                ..Seed::new(Kind::Background, self.node.location)
            })
        })
    }

    /// Children that are alive, and dropped nurseries that have been adopted.
    fn len(&self) -> usize {
        let (left, more) = self.groups.left(&self.tally);
        let body = u32::from(!self.body_left.load(Ordering::Acquire));
        let counted = (left.foreground + left.background).saturating_sub(body);
        // Light children count as one among the others.
        let light = self.crowd.get().map_or(0, |room| room.light());
        let all = i64::from(counted + light.saturating_sub(1)) + more;
        usize::try_from(all).unwrap_or(0)
    }

    /// Counts somebody out. Returns the hold that is free now, for the caller's loop.
    fn leave_one(&self, post: Post) -> Option<Hold>
    where
        E: Send + 'static,
    {
        self.after_leave(self.tally.leave(post), post)
    }

    /// What is to be done when somebody of `post` has left, and these are left.
    fn after_leave(&self, left: Left, post: Post) -> Option<Hold>
    where
        E: Send + 'static,
    {
        // At most the body is left of the foreground: the nursery's future, if it waits, looks what is to be done next. Of
        // the background, only the last one makes a difference.
        let looks = left.foreground <= 1 && (post == Post::Foreground || left.background == 0);
        if looks && !is_planted(Fault::LeavesQuietly) {
            self.exit.wake();
        }
        self.close_if_empty(left)
    }

    #[inline]
    fn close_if_empty(&self, left: Left) -> Option<Hold>
    where
        E: Send + 'static,
    {
        match left {
            Left::NOBODY => self.close(),
            _ => None,
        }
    }

    #[cold]
    fn close(&self) -> Option<Hold>
    where
        E: Send + 'static,
    {
        let outer = lock(&self.enclosing).let_go();
        drop(outer);
        self.release()
    }

    /// Takes the hold of a nursery that was dropped and has closed. Whoever takes it reports what nobody will return.
    fn release(&self) -> Option<Hold>
    where
        E: Send + 'static,
    {
        let hold = lock(&self.hold).take();
        if hold.is_some() {
            self.node.mark_returned();
            lock(&self.failures).report_all("its nursery had been dropped");
        }
        hold
    }

    /// The body's unit goes. `true` if the nursery is closed by that.
    fn body_leaves(&self) -> bool
    where
        E: Send + 'static,
    {
        self.body_left.store(true, Ordering::Release);
        let left = self.tally.leave(Post::Foreground);
        Hold::release_all(self.close_if_empty(left));
        left == Left::NOBODY
    }

    fn is_closed(&self) -> bool {
        self.tally.left() == Left::NOBODY
    }

    fn leave(&self, post: Post)
    where
        E: Send + 'static,
    {
        Hold::release_all(self.leave_one(post));
    }
}

impl<E, R> Clone for Nursery<E, R> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            name: None,
        }
    }
}

impl<E: Send + 'static, R: Runtime> Nursery<E, R> {
    /// A handle to the same nursery, through which children are spawned under `name`.
    ///
    /// ```ignore
    /// n.named("accept").spawn(accept(listener));
    /// ```
    #[must_use = "the name applies to children that are spawned through the handle that this returns"]
    pub fn named(&self, name: impl Into<Name>) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            name: Some(name.into()),
        }
    }

    /// Asks the body and all children to end. Returns at once; the first reason stands.
    ///
    /// Only marked regions give way. The nursery waits for everybody as ever, and its value is the body's value: a cancelled
    /// nursery in which everybody obeys has not failed.
    #[track_caller]
    pub fn cancel(&self, reason: impl Into<CancelReason>) {
        let by = crate::cancel::caller(Location::caller());
        self.inner.node.request(reason.into().asked_by(by));
    }

    /// Whether the nursery has been asked to end, by itself or from around.
    pub fn is_cancelled(&self) -> bool {
        self.inner.node.is_requested()
    }

    /// Why the nursery has been asked to end, if it has.
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        self.inner.node.reason().cloned()
    }

    /// Whether spawns are refused: the body has ended and no child is left.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// How many children are alive; a dropped nursery that was adopted counts as one.
    ///
    /// That may be more than a [limit](crate::Builder::limit) says: children that wait for a place are alive, and so is one that has
    /// given its place to the next and is about to be gone.
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether no child is alive.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name that the builder gave it.
    pub fn name(&self) -> Option<&str> {
        self.inner.node.name()
    }

    /// The tree below this nursery at this moment.
    pub fn tree(&self) -> Tree {
        Tree::of(&self.inner.node)
    }

    /// Reports who is in this nursery, if anybody is, as what still runs at the end of the program.
    ///
    /// For adapters, which end programs that are not theirs.
    pub fn report_still_running(&self) {
        if !self.is_empty() {
            report::send(&Report::StillRunning {
                root: self.inner.node.origin(),
                tree: self.tree(),
            });
        }
    }

    /// Moves the nursery's own deadline: earlier, later, or away. A relative one counts from now.
    pub fn set_deadline(&self, deadline: impl Into<crate::Deadline>) {
        let at = deadline.into().begin(|| self.inner.any.now());
        self.inner.node.set_deadline(at);
        // The exit of a scope that has not rested has no timer yet.
        if self.inner.host == Host::Task {
            self.inner.exit.wake();
        }
    }

    /// The runtime that the children run on.
    pub fn runtime(&self) -> &R {
        &self.inner.runtime
    }
}

impl<E, R> std::fmt::Debug for Nursery<E, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nursery")
            .field("origin", &self.inner.node.origin())
            .field("children", &self.inner.len())
            .finish_non_exhaustive()
    }
}

impl<E: Send + 'static, R: Runtime> Inner<E, R> {
    /// Records a failure and asks the others to end (invariant 4: before the child is counted out).
    fn fail(&self, failure: Failure<E>) {
        let reason = match failure.is_body() {
            true => CancelReason::BodyFailed,
            false => CancelReason::Failed(failure.child().clone()),
        };
        lock(&self.failures).push(failure);
        self.node.request(reason);
    }

    /// Keeps an error that came after its task had given way to a request: it is no failure.
    fn keep(&self, failure: Failure<E>, gave_way: GaveWay) {
        lock(&self.failures).keep(failure, gave_way);
    }

    fn mishap_of(&self, mishap: Mishap) {
        let origin: Origin = mishap.birthplace.clone();
        lock(&self.failures).push(Failure::of_cleanup(origin, mishap));
    }
}
