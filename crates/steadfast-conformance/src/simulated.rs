//! The suite on the simulator, in each order that it can poll in.

use std::cell::Cell;
use std::env;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use steadfast_sim::{Policy, Sim, SimHandle};

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
            .seed(NEXT.get().unwrap_or_else(seed))
            .patience(PATIENCE)
            .tick(TICK)
            .build();
        f(&Fixture::new(sim.handle(), sim))
    }

    fn seed(seed: u64) -> bool {
        NEXT.set(Some(seed));
        true
    }

    fn idle(runtime: &Self::Runtime) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        Some(Box::pin(runtime.idle()))
    }
}

thread_local! {
    static NEXT: Cell<Option<u64>> = const { Cell::new(None) };
}

impl<O: Order> fmt::Debug for Simulated<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(O::NAME)
    }
}

fn seed() -> u64 {
    let Ok(text) = env::var(SEED) else {
        return 0;
    };
    text.parse()
        .unwrap_or_else(|_| panic!("`{SEED}` is `{text}`, which is no number of 64 bits"))
}

const SEED: &str = "STEADFAST_SEED";

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
