//! Runtimes that break the law, each in one way, to prove that the suite notices.
//!
//! A mutant names the cases that must catch it; the kill matrix is a test that runs them. A case that catches nobody has not
//! been shown to work.

use crate::reference::{Pool, PoolHandle, THREADS};
use crate::runner::run_of;
use crate::{Fixture, Plan, Profile, Report, Subject};

/// Something broken, and who must notice.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Mutant {
    /// The name of the subject.
    pub name: &'static str,
    /// What it does wrong.
    pub wrong: &'static str,
    /// The ids of the cases each of which must fail on it.
    pub killers: &'static [&'static str],
    /// Runs cases on it.
    pub run: fn(&Plan) -> Report,
}

/// Every mutant of every layer.
pub fn all() -> impl Iterator<Item = Mutant> {
    BACKENDS.iter().copied()
}

/// The layers that a broken backend is caught by: nothing of the system layer is compiled for so many subjects.
fn run_lower_layers<S: Subject>(plan: &Plan) -> Report {
    let mut cases = crate::kit::table::<S::Runtime>();
    cases.extend(crate::backend::table());
    run_of::<S>(cases, plan)
}

/// Defines the broken backends: a fault, a subject that has it, and a row of the table.
macro_rules! backends {
    ($(
        #[doc = $wrong:literal]
        $fault:ident $name:literal caught by $killers:tt;
    )+) => {
        /// The one law that a pool breaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Fault {
            $(#[doc = $wrong] $fault,)+
        }

        const BACKENDS: &[Mutant] = &[$(Mutant {
            name: $name,
            wrong: $wrong.trim_ascii(),
            killers: &$killers,
            run: run_lower_layers::<$fault>,
        }),+];

        $(
            struct $fault;

            impl Subject for $fault {
                type Runtime = PoolHandle;
                const NAME: &'static str = $name;

                fn profile() -> Profile {
                    Profile::new().parallelism(THREADS).shutdown()
                }

                fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
                    let pool = Pool::with(THREADS, Some(Fault::$fault));
                    f(&Fixture::new(pool.handle(), pool))
                }
            }
        )+
    };
}

backends! {
    /// Takes tasks and drops them on the floor.
    DropsWork "drops-work" caught by [
        "kit/swallowed-failure-still-fails",
        "kit/sequencer-orders-tasks",
        "backend/runs-spawned-task",
        "backend/unwatched-task-lives",
    ];

    /// Has a queue of fixed size, and drops the tasks that do not fit into it.
    DropsOverflow "drops-overflow" caught by ["backend/many-tasks-all-run"];

    /// Does not notice tasks that come from threads other than its own.
    IgnoresOutsiders "ignores-outsiders" caught by ["backend/spawn-off-runtime-thread"];

    /// Refuses tasks that come from its own threads.
    RefusesInsiders "refuses-insiders" caught by ["backend/spawn-inside-task"];

    /// Drops a finished task under the lock that a spawn needs.
    LocksWhileDropping "locks-while-dropping" caught by ["backend/spawn-from-destructor"];

    /// Keeps a thread for each task until the task has ended.
    HoldsThread "holds-thread" caught by ["backend/single-worker-no-deadlock"];

    /// Polls a task inside the call that spawns it.
    PollsInline "polls-inline" caught by ["backend/no-inline-poll"];

    /// Polls a task on two threads at once.
    PollsTwiceAtOnce "polls-twice-at-once" caught by ["backend/never-polled-twice-at-once"];

    /// Does not poll a task again when it was woken while idle.
    ForgetsToRepoll "forgets-to-re-poll" caught by [
        "backend/re-polled-after-wake",
        "backend/wake-from-foreign-thread",
        "backend/waker-clones-are-equal",
    ];

    /// Forgets a wake that arrives during a poll.
    LosesWakeDuringPoll "loses-wake-during-poll" caught by [
        "backend/wake-during-poll-not-lost",
        "backend/foreign-wake-during-poll-not-lost",
    ];

    /// Queues a task once for each wake.
    QueuesEveryWake "queues-every-wake" caught by ["backend/wake-storm-coalesces"];

    /// Polls a task once more after it was ready.
    PollsAfterReady "polls-after-ready" caught by [
        "backend/not-polled-after-ready",
        "backend/wake-after-end-noop",
    ];

    /// Keeps what a task captured after the task has ended.
    KeepsFinished "keeps-finished" caught by ["backend/finished-task-drops-captures"];

    /// Cancels a task as soon as it waits, as a handle that cancels on drop does.
    CancelsUnwatched "cancels-unwatched" caught by ["backend/unwatched-task-lives"];

    /// Runs the newest ready task first, for ever.
    Starves "starves" caught by ["backend/self-waking-task-does-not-starve"];

    /// Leaks the pending tasks when it is shut down.
    LeaksAtShutdown "leaks-at-shutdown" caught by [
        "kit/dropped-task-is-reported-lost",
        "backend/runtime-drop-drops-every-future-once",
        "backend/runtime-drop-drops-unpolled-futures",
        "backend/runtime-drop-drops-cycles",
        "backend/runtime-drop-ends-self-waking-tasks",
        "backend/waker-outlives-runtime",
    ];

    /// Takes tasks after its end and keeps them.
    SwallowsRefusal "swallows-refusal" caught by [
        "backend/kept-handle-after-shutdown",
        "backend/spawn-during-shutdown",
        "backend/endless-producer",
    ];

    /// Polls a task before it refuses it.
    RefusesAfterPoll "refuses-after-poll" caught by [
        "backend/refused-hands-back-unpolled",
        "backend/kept-handle-after-shutdown",
    ];

    /// Runs blocking work on the threads that poll tasks.
    BlocksWorkers "blocks-workers" caught by ["backend/blocking-runs-off-the-async-threads"];

    /// Runs blocking work on the thread that spawns it.
    BlocksCaller "blocks-caller" caught by ["backend/blocking-does-not-block-the-caller"];

    /// Takes blocking work and drops it on the floor.
    DropsBlocking "drops-blocking" caught by ["backend/blocking-runs"];

    /// Takes no blocking work any more once one has panicked.
    DiesOfPanic "dies-of-panic" caught by ["backend/blocking-panic-pool-survives"];

    /// Keeps blocking work that comes after its end.
    LeaksBlocking "leaks-blocking" caught by ["backend/blocking-queued-at-shutdown"];

    /// Is ready before the time has come.
    FiresEarly "fires-early" caught by [
        "backend/timer-lower-bound",
        "backend/timer-far-future-pending",
        "backend/timer-reset",
    ];

    /// Waits for ever for an instant in the past.
    MissesPast "misses-past" caught by ["backend/timer-past-completes"];

    /// Wakes whoever polled a timer first.
    WakesFirstPoller "wakes-first-poller" caught by ["backend/timer-wakes-last-waker"];

    /// Does not look at a new timer that is earlier than the one it waits for.
    SleepsThroughTimers "sleeps-through-timers" caught by [
        "backend/timer-earlier-from-another-thread",
    ];

    /// Has room for one timer at each instant.
    MixesUpTimers "mixes-up-timers" caught by ["backend/many-timers-all-fire"];

    /// Has a clock that goes back.
    TurnsBackClock "turns-back-clock" caught by ["backend/clock-is-monotonic"];

    /// Keeps the wakers of timers that were dropped.
    KeepsDroppedTimers "keeps-dropped-timers" caught by [
        "backend/timer-drop-frees",
        "backend/timer-churn-frees",
    ];
}
