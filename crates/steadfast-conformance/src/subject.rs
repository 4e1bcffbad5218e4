//! What the suite runs on: a runtime, what it claims to be able to do, and a fresh one of it for each case.

use core::fmt;
use std::cell::{Cell, OnceCell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;

use steadfast_core::{Entry, Runtime};
use steadfast_sim::Draws;

use crate::interrupted::{Break, Meter};
use crate::probe::Faults;
use crate::probe::release::PlainTask;

/// A runtime under test. Implement it once for each configuration that is to be certified.
pub trait Subject: Sized + 'static {
    /// The handle that nurseries get: spawns, runs blocking work, tells the time.
    type Runtime: Runtime;

    /// The name in reports, and after `--runtime`: `tokio-multi-thread-4`.
    const NAME: &'static str;

    /// What this configuration claims. Cases that need more are skipped, and the report says what was missing.
    fn profile() -> Profile;

    /// Makes a runtime, calls `f` with it, and takes it down. A fresh one for each call, unless there can only be one.
    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T;

    /// How each case is broken off. [`Broken`](crate::interrupted::Broken) changes it; nobody else needs to.
    #[doc(hidden)]
    const BREAK: Option<Break> = None;

    /// Makes the next runtime of this thread with this seed. `false` if the subject knows no seeds.
    #[doc(hidden)]
    fn seed(_seed: u64) -> bool {
        false
    }

    /// What chance decided in the last runtime, if nothing else did: a seed that decides the same makes the same run.
    #[doc(hidden)]
    fn take_draws() -> Option<Draws> {
        None
    }

    /// Waits until nothing can run, if the subject knows that.
    #[doc(hidden)]
    fn idle(_runtime: &Self::Runtime) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        None
    }
}

/// [`Subject::with`], with a fixture that knows its subject.
pub(crate) fn with<S: Subject, T>(f: impl FnOnce(&Fixture<S::Runtime>) -> T) -> T {
    S::with(|fixture| {
        fixture.origin.set(Some(Origin {
            name: S::NAME,
            profile: S::profile(),
            another: Another(|f| S::with(f)),
        }));
        f(fixture)
    })
}

/// What a subject claims, as data.
///
/// # Examples
///
/// ```
/// use steadfast_conformance::{Capability, Profile};
///
/// let profile = Profile::new().parallelism(4).shutdown();
/// assert!(profile.has(Capability::Parallelism) && profile.has(Capability::Shutdown));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    parallelism: usize,
    shutdown: bool,
    global: bool,
    blocking: bool,
    timers: bool,
}

impl Profile {
    /// One thread polls, the runtime cannot be shut down, blocking work and timers exist.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            parallelism: 1,
            shutdown: false,
            global: false,
            blocking: true,
            timers: true,
        }
    }

    /// `threads` threads poll tasks.
    #[must_use]
    pub const fn parallelism(mut self, threads: usize) -> Self {
        self.parallelism = threads;
        self
    }

    /// [`Fixture::shutdown`] ends the runtime while handles to it are still about.
    #[must_use]
    pub const fn shutdown(mut self) -> Self {
        self.shutdown = true;
        self
    }

    /// There is one of it in a process, so that each case gets a process of its own.
    #[must_use]
    pub const fn global(mut self) -> Self {
        self.global = true;
        self
    }

    /// There are no threads that may block: every blocking work is refused.
    #[must_use]
    pub const fn without_blocking(mut self) -> Self {
        self.blocking = false;
        self
    }

    /// There is no clock to wait for.
    #[must_use]
    pub const fn without_timers(mut self) -> Self {
        self.timers = false;
        self
    }

    /// How many threads poll tasks.
    #[must_use]
    pub const fn threads(&self) -> usize {
        self.parallelism
    }

    /// Whether the runtime is one for the process.
    #[must_use]
    pub const fn is_global(&self) -> bool {
        self.global
    }

    /// Whether the runtime, in this build, has `capability`.
    #[must_use]
    pub const fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::Parallelism => self.parallelism > 1,
            Capability::Shutdown => self.shutdown,
            Capability::Blocking => self.blocking,
            Capability::Timers => self.timers,
            Capability::Unwind => cfg!(panic = "unwind"),
            Capability::Completion => true,
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::new()
    }
}

/// Something that one runtime has and another lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// More than one thread polls tasks.
    Parallelism,
    /// The runtime can be shut down while the process goes on.
    Shutdown,
    /// Blocking work runs.
    Blocking,
    /// Timers fire.
    Timers,
    /// Panics unwind in this build.
    Unwind,
    /// Cases come to their ends. Every runtime has it, and no subject that breaks cases off: a few cannot be.
    Completion,
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parallelism => "parallelism",
            Self::Shutdown => "shutdown",
            Self::Blocking => "blocking",
            Self::Timers => "timers",
            Self::Unwind => "unwind",
            Self::Completion => "to come to its end",
        })
    }
}

/// What a case works with: one runtime, alive, and the record of what went wrong in it.
///
/// On a runtime of one thread, tasks run only while the case is inside [`block_on`](Self::block_on).
pub struct Fixture<R: Runtime> {
    origin: Cell<Option<Origin<R>>>,
    runtime: R,
    owner: RefCell<Option<Box<dyn Enter>>>,
    faults: Faults,
    meter: OnceCell<Rc<Meter<R>>>,
}

impl<R: Runtime> Fixture<R> {
    /// A fixture over a handle and whatever enters and owns the runtime.
    ///
    /// Dropping `owner` must shut the runtime down, if the profile claims [`Capability::Shutdown`].
    pub fn new(runtime: R, owner: impl Entry + 'static) -> Self {
        Self {
            origin: Cell::new(None),
            runtime,
            owner: RefCell::new(Some(Box::new(owner))),
            faults: Faults::default(),
            meter: OnceCell::new(),
        }
    }

    /// A handle to the runtime. It may be kept after [`shutdown`](Self::shutdown).
    pub fn runtime(&self) -> R {
        self.runtime.clone()
    }

    /// What the subject claims.
    pub fn profile(&self) -> Profile {
        self.origin().profile
    }

    /// How to make a second runtime of the same subject.
    pub(crate) fn another(&self) -> Another<R> {
        self.origin().another
    }

    /// Where probes write down what nobody may swallow. The case fails if anything is in it at the end.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Spawns `task`, which a runtime that is alive must take.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let taken = if self.meter.get().is_some() {
            let plain = PlainTask::default();
            let counted = async move {
                let _plain = plain;
                task.await;
            };
            self.runtime.spawn(counted).is_ok()
        } else {
            // Bare, since a wrapper would hide from the cases how the runtime polls and drops.
            self.runtime.spawn(task).is_ok()
        };
        assert!(taken, "a runtime that is alive must take tasks");
    }

    /// Enters the runtime on this thread until `future` is ready.
    ///
    /// Where the suite breaks cases off, this is where: the call unwinds then.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self.meter.get() {
            Some(meter) => meter.block_on(self, future),
            None => self.enter(future),
        }
    }

    /// [`block_on`](Self::block_on), come what may.
    pub(crate) fn enter<F: Future>(&self, future: F) -> F::Output {
        let owner = self.owner.borrow();
        let owner = owner.as_ref().expect("the runtime was shut down before");
        let mut output = None;
        owner.enter(pin!(async { output = Some(future.await) }));
        output.expect("`block_on` returned although its future was not ready")
    }

    /// Whether nobody has shut it down.
    pub(crate) fn is_up(&self) -> bool {
        self.owner.borrow().is_some()
    }

    /// From here on, [`block_on`](Self::block_on) goes by `meter`.
    pub(crate) fn measure(&self, meter: &Rc<Meter<R>>) {
        let first = self.meter.set(Rc::clone(meter));
        first.unwrap_or_else(|_| unreachable!("a fixture is made for one trial"));
    }

    /// Shuts the runtime down. Must not be called inside [`block_on`](Self::block_on).
    pub fn shutdown(&self) {
        assert!(
            self.profile().has(Capability::Shutdown),
            "a case that shuts the runtime down must name the capability"
        );
        let owner = self.owner.borrow_mut().take();
        drop(owner.expect("the runtime was shut down before"));
    }

    fn origin(&self) -> Origin<R> {
        let origin = self.origin.get();
        origin.expect("cases are run by the suite, which says what it made the fixture for")
    }
}

impl<R: Runtime> fmt::Debug for Fixture<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.origin.get().map(|origin| origin.name);
        f.debug_struct("Fixture")
            .field("subject", &name)
            .finish_non_exhaustive()
    }
}

/// What a fixture knows of its subject: values, so that the cases are compiled once for each type of runtime.
struct Origin<R: Runtime> {
    name: &'static str,
    profile: Profile,
    another: Another<R>,
}

// Derived impls would ask `R` to be `Copy`.
impl<R: Runtime> Copy for Origin<R> {}
impl<R: Runtime> Clone for Origin<R> {
    fn clone(&self) -> Self {
        *self
    }
}

/// Makes runtimes of one subject, on any thread.
pub(crate) struct Another<R: Runtime>(fn(Visit<'_, R>));

type Visit<'a, R> = &'a mut dyn FnMut(&Fixture<R>);

impl<R: Runtime> Another<R> {
    /// See [`Subject::with`].
    pub(crate) fn with<T>(&self, f: impl FnOnce(&Fixture<R>) -> T) -> T {
        let (mut f, mut output) = (Some(f), None);
        (self.0)(&mut |fixture| output = f.take().map(|f| f(fixture)));
        output.expect("a subject calls what it is given")
    }
}

impl<R: Runtime> Copy for Another<R> {}
impl<R: Runtime> Clone for Another<R> {
    fn clone(&self) -> Self {
        *self
    }
}

/// [`Entry`] without its generic method.
trait Enter {
    fn enter(&self, future: Pin<&mut dyn Future<Output = ()>>);
}

impl<E: Entry> Enter for E {
    fn enter(&self, future: Pin<&mut dyn Future<Output = ()>>) {
        self.block_on(future);
    }
}
