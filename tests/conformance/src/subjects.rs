//! The runtimes that the suite certifies, each in the configurations that behave differently.

use steadfast_async_std::AsyncStd;
#[cfg(not(steadfast_sanitized))]
use steadfast_conformance::interrupted::{Cancelled, Dropped};
#[cfg(not(steadfast_sanitized))]
use steadfast_conformance::simulated::{Fifo, LastWokenFirst, Lifo, Random, RandomOn4, Simulated};
use steadfast_conformance::{Fixture, Plan, Profile, Report, Subject, run};
use steadfast_smol::{GlobalSmol, Smol, SmolRuntime};
use steadfast_tokio::{Tokio, TokioRuntime};

/// Every subject.
///
/// A static and not a constant: the suite is compiled with it here, once, and not again in each target that names a subject.
pub static ALL: &[Row] = &[
    row::<TokioMultiThread<1>>(),
    row::<TokioMultiThread<4>>(),
    row::<TokioCurrentThread>(),
    row::<SmolOwned<1>>(),
    row::<SmolOwned<4>>(),
    // What no sanitizer is run on need not be built for it, which takes minutes.
    #[cfg(not(steadfast_sanitized))]
    row::<SmolGlobal>(),
    #[cfg(not(steadfast_sanitized))]
    row::<AsyncStdGlobal>(),
    #[cfg(not(steadfast_sanitized))]
    row::<Simulated<Fifo>>(),
    #[cfg(not(steadfast_sanitized))]
    row::<Simulated<Lifo>>(),
    #[cfg(not(steadfast_sanitized))]
    row::<Simulated<LastWokenFirst>>(),
    #[cfg(not(steadfast_sanitized))]
    row::<Simulated<Random>>(),
    #[cfg(not(steadfast_sanitized))]
    row::<Simulated<RandomOn4>>(),
    // Of plain threads and locks, which is all that Miri knows of an operating system.
    #[cfg(miri)]
    row::<steadfast_conformance::reference::Reference>(),
];

/// Every subject whose cases are broken off after each of their polls.
#[cfg(not(steadfast_sanitized))]
pub static INTERRUPTED: &[Row] = &[
    row::<Dropped<Simulated<Random>>>(),
    row::<Cancelled<Simulated<Random>>>(),
    row::<Dropped<TokioMultiThread<4>>>(),
    row::<Dropped<SmolOwned<4>>>(),
    row::<Dropped<AsyncStdGlobal>>(),
];

/// A sanitizer is run on what is not broken off.
#[cfg(steadfast_sanitized)]
pub static INTERRUPTED: &[Row] = &[];

/// The name of a subject, and the suite on it.
pub type Row = (&'static str, fn(&Plan) -> Report);

const fn row<S: Subject>() -> Row {
    (S::NAME, run::<S>)
}

/// Tokio's multi-thread runtime with this many workers.
#[derive(Debug)]
pub struct TokioMultiThread<const WORKERS: usize>;

impl<const WORKERS: usize> Subject for TokioMultiThread<WORKERS> {
    type Runtime = Tokio;
    const NAME: &'static str = match WORKERS {
        1 => "tokio-multi-thread-1",
        4 => "tokio-multi-thread-4",
        _ => panic!("give this number of workers a name"),
    };

    fn profile() -> Profile {
        Profile::new().parallelism(WORKERS).shutdown()
    }

    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
        let runtime = TokioRuntime::multi_thread(WORKERS).expect("the machine has threads to give");
        f(&Fixture::new(runtime.handle(), runtime))
    }
}

/// Tokio's current-thread runtime, which moves only inside `block_on`.
#[derive(Debug)]
pub struct TokioCurrentThread;

impl Subject for TokioCurrentThread {
    type Runtime = Tokio;
    const NAME: &'static str = "tokio-current-thread";

    fn profile() -> Profile {
        Profile::new().shutdown()
    }

    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
        let runtime =
            TokioRuntime::current_thread().expect("the machine has an event queue to give");
        f(&Fixture::new(runtime.handle(), runtime))
    }
}

/// The executor that `steadfast-smol` owns, with this many threads.
#[derive(Debug)]
pub struct SmolOwned<const THREADS: usize>;

impl<const THREADS: usize> Subject for SmolOwned<THREADS> {
    type Runtime = Smol;
    const NAME: &'static str = match THREADS {
        1 => "smol-1",
        4 => "smol-4",
        _ => panic!("give this number of threads a name"),
    };

    fn profile() -> Profile {
        Profile::new().parallelism(THREADS).shutdown()
    }

    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
        let runtime = SmolRuntime::with_threads(THREADS).expect("the machine has threads to give");
        f(&Fixture::new(runtime.handle(), runtime))
    }
}

/// The executor of `smol::spawn`: one for the process, never shut down, one thread unless `SMOL_THREADS` says otherwise.
#[derive(Debug)]
pub struct SmolGlobal;

impl Subject for SmolGlobal {
    type Runtime = GlobalSmol;
    const NAME: &'static str = "smol-global";

    fn profile() -> Profile {
        Profile::new()
            .parallelism(threads_of("SMOL_THREADS", 1))
            .global()
    }

    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
        f(&Fixture::new(GlobalSmol, GlobalSmol))
    }
}

/// The executor of `async_std::task::spawn`: one for the process, never shut down.
#[derive(Debug)]
pub struct AsyncStdGlobal;

impl Subject for AsyncStdGlobal {
    type Runtime = AsyncStd;
    const NAME: &'static str = "async-std";

    fn profile() -> Profile {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Profile::new()
            .parallelism(threads_of("ASYNC_STD_THREAD_COUNT", threads))
            .global()
    }

    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
        f(&Fixture::new(AsyncStd, AsyncStd))
    }
}

/// The number of threads that an environment variable asks for.
fn threads_of(variable: &str, default: usize) -> usize {
    let asked = std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok());
    asked.unwrap_or(default)
}
