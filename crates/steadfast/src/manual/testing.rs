//! Testing: the same run again, at once, and at every place where it could go wrong.
//!
//! **A test on the simulator is decided by its seed, and takes no time.** The order in which tasks are polled comes from the
//! seed, the clock jumps, a deadlock ends with a picture of who waits. So a failure that comes once in a thousand runs is found
//! by a thousand seeds in a second, and had again by one number.
//!
//! ```toml
//! [dev-dependencies]
//! steadfast = { version = "0.1", features = ["sim"] } # beside the features that the tests use as well
//! ```
//!
//! It adds [`sim`](crate::sim), the simulator, and [`kit`](crate::kit), what tests are made with. Most of the kit works on any
//! runtime.
//!
//! # A test on the simulator
//!
//! ```test_harness
//! use std::time::Duration;
//! use steadfast::sim::SimHandle;
//!
//! #[steadfast::test(sim, seeds = 50)]
//! async fn an_answer_that_takes_an_hour_is_not_waited_for() {
//!     let slow = async {
//!         steadfast::sleep(Duration::from_secs(3600)).await;
//!         "an answer"
//!     };
//!     let answer = steadfast::timeout(Duration::from_secs(10), steadfast::assert_cancel_safe(slow)).await;
//!     assert!(answer.is_err());
//!     assert_eq!(SimHandle::current().elapsed(), Duration::from_secs(10));
//! }
//! ```
//!
//! The body runs once for each seed, each time on a fresh simulator and as its root. `#[steadfast::test(tokio, sim)]` makes two
//! tests of it: one as a program runs it, and one as the simulator does. By hand, [`block_on`](crate::block_on) enters a
//! [`Sim`](crate::sim::Sim) like any runtime.
//!
//! A library that names no runtime is tested as it is: it finds the simulator where it finds tokio otherwise.
//!
//! # Time
//!
//! The clock stands while anything can run, and jumps to the next timer when nothing can. So times are exact, and are compared
//! with `==`. [`sleep`](crate::sleep), deadlines, grace periods and budgets of clean-ups all go by it.
//!
//! **Wait until idle**, rather than for a while: [`idle`](crate::sim::SimHandle::idle) goes on when every other task waits for
//! something, and no time has passed.
//!
//! ```test_harness
//! use std::time::Duration;
//! use steadfast::{kit::Tally, nursery, sleep, sim::SimHandle};
//!
//! #[steadfast::test(sim)]
//! async fn everybody_has_begun_before_anybody_is_done() {
//!     let begun = Tally::new();
//!     nursery(async |n| {
//!         for _ in 0..5 {
//!             let begun = begun.clone();
//!             n.spawn(async move {
//!                 begun.add();
//!                 sleep(Duration::from_secs(1)).await;
//!             });
//!         }
//!         SimHandle::current().idle().await;
//!         assert_eq!((begun.count(), n.len()), (5, 5));
//!     })
//!     .await;
//! }
//! ```
//!
//! # Order
//!
//! Where a test is about one order, it says so, with a [`Sequencer`](crate::kit::Sequencer): each turn begins when the one before
//! it was dropped. [`Gate`](crate::kit::Gate) opens once, [`Tally`](crate::kit::Tally) counts and can be waited for. None of them
//! sleeps, and all of them work on any runtime.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{kit::Sequencer, nursery};
//!
//! let order = Sequencer::new();
//! nursery(async |n| {
//!     let answers = order.clone();
//!     n.spawn(async move {
//!         let _second = answers.turn(1).await; // Whenever it is polled: after the question.
//!         println!("42");
//!     });
//!     let _first = order.turn(0).await;
//!     println!("6 * 7?");
//! })
//! .await;
//! # }
//! ```
//!
//! Everywhere else the order is the seed's. A [`Policy`](crate::sim::Policy) says how it is chosen:
//!
//! | `policy = ".."` | polls next | finds |
//! |---|---|---|
//! | `"random"` | any ready task, as the seed has it | what hangs on an order |
//! | `"fifo"` | the task that was ready first | what goes wrong only if all is as expected |
//! | `"lifo"` | the task that became ready last | what was started first and is needed last |
//! | `"last-woken-first"` | the task that was woken last, ready before or not | what relies on a first wake; who starves others |
//!
//! With `workers = N`, polls happen on several threads, still one at a time: what is kept in a thread-local across an await
//! shows.
//!
//! # Seeds
//!
//! A failure ends with its seed and with the command that has it again:
//!
//! ```text
//! steadfast-sim: a trial failed (seed 17, policy random, 1 workers): assertion failed: committed
//! nothing is left in the tree of the trial
//! to run this seed alone: STEADFAST_SEED=17 cargo test -- --exact the_test::sim
//! ```
//!
//! Put such a seed into a test of its own when the fault is mended, with [`Trials::on`](crate::kit::Trials::on). A seed decides
//! everything if the program gets its chance and its time from nowhere else: `Instant::now()`, the order of a `HashMap`, and
//! threads of its own are what the simulator cannot see.
//!
//! # Dropped at every poll
//!
//! A future may be dropped at any of its awaits, by a `timeout`, a `select!`, or a caller that is dropped itself. Which of them
//! hurts? [`drop_at_every_poll`](crate::kit::drop_at_every_poll) tries them all: it runs a scenario on a fresh simulator, drops
//! it after 0, 1, 2, ... polls, each time right after the poll and also in the place of the next one, and looks.
//!
//! ```
//! use steadfast::kit::{Tally, Trials};
//! use steadfast::{FutureExt, nursery, yield_now};
//!
//! /// What each run has of its own.
//! #[derive(Default)]
//! struct World {
//!     reserved: Tally,
//!     booked: Tally,
//! }
//!
//! async fn book(world: &World) {
//!     world.reserved.add();
//!     yield_now().await; // Dropped here, a seat would stay reserved for ever...
//!     world.booked.add();
//! }
//!
//! let explored = Trials::new().seeds(20).world(World::default).drop_at_every_poll(
//!     async |trial| {
//!         let seat = trial.clone();
//!         // ...but this is finished by the nursery, whatever becomes of the scenario.
//!         async move { book(seat.world()).await }.must_complete().await;
//!         let letter = trial.leaks().token("letter");
//!         nursery(async |n| {
//!             n.spawn(async move {
//!                 yield_now().await;
//!                 drop(letter);
//!             });
//!         })
//!         .await;
//!     },
//!     |trial| assert_eq!(trial.world().reserved.count(), trial.world().booked.count()),
//! );
//! // A scenario that ends at once would try nothing: put a floor under it.
//! assert!(explored.polls() >= 3, "{explored:?}");
//! ```
//!
//! The second function is the invariant of the test. Without a word from it, each trial fails if
//!
//! - a task is left on the simulator, or a child or a clean-up in the live tree;
//! - a clean-up or work that must complete was lost;
//! - [`trial.leaks()`](crate::kit::Trial::leaks) or [`trial.faults()`](crate::kit::Trial::faults) has something to say;
//! - the scenario, a child or a clean-up never ends.
//!
//! **On another runtime**, [`polls::drop_after`](crate::kit::polls::drop_after) does the same to a future, and the loop is the
//! test's:
//!
//! ```
//! use steadfast::kit::polls;
//! # async fn scenario() {
//! #     for _ in 0..3 {
//! #         steadfast::yield_now().await;
//! #     }
//! # }
//!
//! let tokio = steadfast::tokio::TokioRuntime::multi_thread(2)?;
//! let ended = (0..100).find(|&polls| {
//!     steadfast::block_on(&tokio, polls::drop_after(scenario(), polls)).is_some()
//!     // ... and a look at what is left.
//! });
//! assert_eq!(ended, Some(4));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Asked to end at every poll
//!
//! [`cancel_at_every_poll`](crate::kit::cancel_at_every_poll) makes a request instead, and awaits the scenario: it must end, in
//! whatever way it has chosen.
//!
//! ```
//! use steadfast::kit::{Tally, Trials, assert_no_checkpoints};
//! use steadfast::{FutureExt, checkpoint, yield_now};
//!
//! let explored = Trials::new().world(|| [Tally::new(), Tally::new()]).cancel_at_every_poll(
//!     async |trial| {
//!         let [taken, put] = trial.world();
//!         while checkpoint().is_ok() && taken.count() < 5 {
//!             // Between the two it must not give way, and this fails if anybody makes it do so.
//!             assert_no_checkpoints(async {
//!                 taken.add();
//!                 yield_now().await;
//!                 put.add();
//!             })
//!             .await;
//!             if yield_now().or_cancelled().await.is_err() {
//!                 return;
//!             }
//!         }
//!     },
//!     |trial| {
//!         let [taken, put] = trial.world();
//!         assert_eq!(taken.count(), put.count());
//!     },
//! );
//! assert!(explored.polls() > 10, "{explored:?}");
//! ```
//!
//! [`assert_checkpoints`](crate::kit::assert_checkpoints) is the other half: it fails if a stretch of code ends without having
//! looked for a request even once.
//!
//! # Futures that nobody polls, and polls that block
//!
//! A future that was woken and that nobody polls is stuck with whatever it holds: a lock, a connection, a place in a queue. No
//! timeout tells, because nothing is late yet. [`no_snooze`](crate::kit::no_snooze) tells in the poll in which it begins, by the
//! name given to [`watch`](crate::kit::watch):
//!
//! ```should_panic
//! # use std::time::Duration;
//! # let sim = steadfast::sim::Sim::new(0);
//! # steadfast::block_on(&sim, async {
//! use steadfast::{kit::{no_snooze, poll_once, watch}, sleep};
//!
//! no_snooze(async {
//!     let query = watch("query", sleep(Duration::from_secs(1)));
//!     let mut query = std::pin::pin!(query);
//!     assert!(poll_once(query.as_mut()).await.is_pending()); // As `select!` does to `&mut query`.
//!     sleep(Duration::from_secs(5)).await; // The handler of another arm: the query lies still.
//!     query.await;
//! })
//! .await; // "snoozed: `query` (src/db.rs:7) was woken, but neither polled nor dropped ..."
//! # });
//! ```
//!
//! [`no_blocking`](crate::kit::no_blocking) fails if a poll puts its thread to sleep: with `std::thread::sleep`, a lock that is
//! held, a channel, a file. [`Checked`](crate::kit::Checked) puts both around every task of a nursery, without a change to the
//! code under test:
//!
//! ```
//! use steadfast::kit::{Checked, Trials};
//! use steadfast::{Nursery, yield_now};
//!
//! Trials::new().run(
//!     async |trial| {
//!         let checked = Checked::new(trial.runtime(), trial.faults());
//!         let nursery = Nursery::builder().runtime(&checked).run(async |n| {
//!             n.named("worker").spawn(yield_now());
//!         });
//!         nursery.await;
//!     },
//!     |_| {},
//! );
//! ```
//!
//! # What is left
//!
//! [`Leaks`](crate::kit::Leaks) names what must be gone when a test is over. A [`token`](crate::kit::Leaks::token) stands for a
//! resource: the value that must not leak holds it. [`expect_dropped`](crate::kit::Leaks::expect_dropped) watches an `Arc` that
//! is there anyway. Trials have one and look at it; elsewhere, the test does.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::sync::Arc;
//! use steadfast::{kit::Leaks, nursery};
//!
//! let (leaks, cache) = (Leaks::new(), Arc::new(String::from("cache")));
//! leaks.expect_dropped("cache", &cache);
//! nursery(async |n| {
//!     n.spawn(async move { println!("{cache}") });
//! })
//! .await;
//! leaks.assert_none(); // Else: "left at the end: `cache` (tests/cache.rs:7), held 1 times".
//! # }
//! ```
//!
//! What was lost, a program hears by [`set_report_hook`](crate::set_report_hook); a trial keeps it in
//! [`trial.reports()`](crate::kit::Trial::reports) instead.
//!
//! # Faults
//!
//! A host may shut down, or abort a task. [`run_steps`](crate::sim::Sim::run_steps) runs a number of polls, after which the whole
//! runtime can be dropped; [`kill`](crate::sim::Sim::kill) drops one task. A [`Trace`](crate::sim::Trace) has every step, and two
//! runs are the same if theirs are equal.
//!
//! ```
//! use std::pin::pin;
//! use steadfast::{FailureKind, Nursery, kit::yield_once, sim::Sim};
//!
//! let sim = Sim::new(1);
//! let mut main = pin!(Nursery::builder().runtime(&sim.handle()).try_run(async |n| {
//!     n.spawn(async {
//!         yield_once().await;
//!         Ok::<(), std::io::Error>(())
//!     });
//!     Ok(())
//! }));
//! assert!(sim.run_steps(2, main.as_mut()).is_none());
//! let child = *sim.tasks().last().expect("it has begun");
//! assert!(sim.kill(child));
//! let error = steadfast::Entry::block_on(&sim, main).unwrap_err();
//! assert!(matches!(error.primary().kind(), FailureKind::Lost));
//! ```
//!
//! # Edges
//!
//! | when | then |
//! |---|---|
//! | nothing can ever run, and the test has not ended | it fails, with the live tree and the tasks that wait |
//! | something runs for ever | it fails after the [step limit](crate::sim::Builder::step_limit); a scenario that is tried, after the [poll limit](crate::kit::Trials::poll_limit) |
//! | a loop waits for a deadline without awaiting | time stands: give each look at the clock a [tick](crate::sim::Builder::tick) |
//! | a thread outside wakes a task | the simulator knows nothing of it: give it [patience](crate::sim::Builder::patience); trials have half a second |
//! | `spawn_blocking` | runs on a real thread; the clock stands meanwhile |
//! | types of tokio that need its reactor (sockets, timers) | they have none here: test them with `#[steadfast::test(tokio)]` |
//! | a `should_panic` test over several seeds | the first seed that panics ends it |
