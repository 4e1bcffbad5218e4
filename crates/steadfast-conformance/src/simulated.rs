//! The suite on the simulator, in each order that it can poll in.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use steadfast_sim::{Draws, Policy, Sim, SimHandle};

use crate::probe::{OnDrop, seed_of_environment};
use crate::{Fixture, Profile, Subject};

/// The simulator in one order of polls.
///
/// The seed is what `STEADFAST_SEED` says, a number of 64 bits, and 0 without it.
pub struct Simulated<O: Order>(PhantomData<O>);

/// In which order, and on how many workers.
pub trait Order: 'static {
    /// The name of the subject.
    const NAME: &'static str;
    /// The order of polls.
    const POLICY: Policy;
    /// The number of workers, one of which polls at a time.
    const WORKERS: usize;
}

impl<O: Order> Subject for Simulated<O> {
    type Runtime = SimHandle;
    const NAME: &'static str = O::NAME;

    /// However many workers there are, one task is polled at a time: two that wait for each other inside of a poll would hang.
    fn profile() -> Profile {
        Profile::new().shutdown()
    }

    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
        let sim = Sim::builder()
            .policy(O::POLICY)
            .workers(O::WORKERS)
            .seed(NEXT.get().or_else(seed_of_environment).unwrap_or(0))
            .patience(PATIENCE)
            .tick(TICK)
            .keeping_draws()
            .build();
        let handle = sim.handle();
        let _drawn = OnDrop::new(|| keep(handle.draws()));
        f(&Fixture::new(sim.handle(), sim))
    }

    fn seed(seed: u64) -> bool {
        NEXT.set(Some(seed));
        true
    }

    fn take_draws() -> Option<Draws> {
        let all = std::mem::take(&mut *lock());
        // With several simulators in one run, it is their interplay that decides, too.
        <[_; 1]>::try_from(all).ok()?.into_iter().next()?
    }

    fn idle(runtime: &Self::Runtime) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        Some(Box::pin(runtime.idle()))
    }
}

thread_local! {
    static NEXT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// What chance has decided on each simulator since this was last asked for.
static DRAWS: Mutex<Vec<Option<Draws>>> = Mutex::new(Vec::new());

fn keep(draws: Option<Draws>) {
    lock().push(draws);
}

fn lock() -> MutexGuard<'static, Vec<Option<Draws>>> {
    DRAWS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<O: Order> fmt::Debug for Simulated<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(O::NAME)
    }
}

/// Cases wake tasks from plain threads, which the simulator does not see coming.
const PATIENCE: Duration = Duration::from_secs(10);

/// Cases loop until a deadline without waiting.
const TICK: Duration = Duration::from_micros(1);

macro_rules! orders {
    ($($(#[$doc:meta])* $order:ident, $name:literal, $policy:ident, $workers:literal;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $order;

            impl Order for $order {
                const NAME: &'static str = $name;
                const POLICY: Policy = Policy::$policy;
                const WORKERS: usize = $workers;
            }
        )+
    };
}

orders! {
    /// [`Policy::Fifo`] on one worker.
    Fifo, "sim-fifo", Fifo, 1;
    /// [`Policy::Lifo`] on one worker.
    Lifo, "sim-lifo", Lifo, 1;
    /// [`Policy::LastWokenFirst`] on one worker.
    LastWokenFirst, "sim-last-woken-first", LastWokenFirst, 1;
    /// [`Policy::Random`] on one worker.
    Random, "sim-random", Random, 1;
    /// [`Policy::Random`] on four workers.
    RandomOn4, "sim-random-4", Random, 4;
}
