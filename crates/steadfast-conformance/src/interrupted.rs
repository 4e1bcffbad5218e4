//! The system cases, over nurseries and over scopes, each broken off after each of its polls, with the checks that hold wherever it
//! was: every child has finished, or was adopted and has finished then; every destructor ran; every clean-up ran once; nothing is
//! left in the live tree.
//!
//! A case is run once undisturbed, under a root, which counts the polls of its main future. Then it is run again for each `k` below
//! that number, and broken off after its `k`-th poll: [`Dropped`] drops the main future, as `select!` or a host's abort does, and
//! [`Cancelled`] asks it to end and awaits it. What a case asserts about values and orders says nothing then, and is not listened to.
//!
//! A case that is broken off never opens the gates that its children wait at, so that they are opened for it: first those of plain
//! tasks, whose clean-ups only a root that is still there can take; those of children when the root waits for them. Whom it does
//! not wait for is thus still there when it returns, and is seen. What does not end even then is what the case made to last: the
//! module `rungs` lists these cases, and what it takes to end them.
//!
//! A seed that chance would make the very run of a seed before it is not run again, since it can show nothing new.

mod rungs;
mod settle;
mod trial;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::str;

use steadfast_sim::Draws;

use crate::probe::{seed_of_environment, seeds_of_environment};
use crate::suite::Case;
use crate::watchdog::words;
use crate::{Fixture, Profile, Subject, subject};

pub(crate) use self::rungs::{can_be_broken_off, is_whole};
pub use self::trial::Break;
pub(crate) use self::trial::Meter;

use self::rungs::Rung;
use self::trial::Kind;

/// `S`, with each case's main future dropped after each of its polls.
pub type Dropped<S> = Broken<S, ByDrop>;

/// `S`, with each case's main future asked to end after each of its polls. For the simulator, which can tell when nothing moves.
pub type Cancelled<S> = Broken<S, ByRequest>;

/// `S`, with each case broken off in the way of `B`.
pub struct Broken<S, B>(PhantomData<(S, B)>);

/// A way to break a case off.
pub trait Way: 'static {
    /// What is put behind the name of the subject.
    const SUFFIX: &'static str;
    /// The way, as a value.
    const BREAK: Break;
}

/// Drops the main future.
#[derive(Debug)]
pub struct ByDrop;

impl Way for ByDrop {
    const SUFFIX: &'static str = "-dropped";
    const BREAK: Break = Break::Drop;
}

/// Asks the main future to end.
#[derive(Debug)]
pub struct ByRequest;

impl Way for ByRequest {
    const SUFFIX: &'static str = "-cancelled";
    const BREAK: Break = Break::Request;
}

impl<S: Subject, B: Way> Subject for Broken<S, B> {
    type Runtime = S::Runtime;
    const NAME: &'static str = Joined::<S, B>::TEXT;
    const BREAK: Option<Break> = Some(B::BREAK);

    fn profile() -> Profile {
        S::profile()
    }

    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
        S::with(f)
    }

    fn seed(seed: u64) -> bool {
        S::seed(seed)
    }

    fn take_draws() -> Option<Draws> {
        S::take_draws()
    }

    fn idle(runtime: &Self::Runtime) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        S::idle(runtime)
    }
}

impl<S: Subject, B: Way> fmt::Debug for Broken<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAME)
    }
}

/// The name of a subject and the suffix of a way, as one constant.
struct Joined<S, B>(PhantomData<(S, B)>);

impl<S: Subject, B: Way> Joined<S, B> {
    const BYTES: [u8; 64] = {
        let mut bytes = [b' '; 64];
        let (name, suffix) = (S::NAME.as_bytes(), B::SUFFIX.as_bytes());
        let mut at = 0;
        while at < name.len() + suffix.len() {
            bytes[at] = if at < name.len() {
                name[at]
            } else {
                suffix[at - name.len()]
            };
            at += 1;
        }
        bytes
    };

    const TEXT: &'static str = {
        let (text, _) = Self::BYTES.split_at(S::NAME.len() + B::SUFFIX.len());
        match str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => panic!("two texts are a text"),
        }
    };
}

/// How many seeds each case gets, on a subject that knows seeds, without a number in the environment.
const SEEDS_BY_DEFAULT: u64 = 2;

/// Runs `case` undisturbed, then broken off after each of its polls, for each seed.
///
/// # Errors
///
/// What was not as it must be, with the number of the poll and the seed.
pub(crate) fn run<S: Subject>(
    case: &Case<S::Runtime>,
    way: Break,
    begins: impl Fn(String),
) -> Result<(), String> {
    trial::be_quiet();
    let rung = rungs::of(case.info.id);
    let seeds = match seed_of_environment() {
        Some(seed) => seed..seed.saturating_add(1),
        None if S::seed(0) => 0..seeds_of_environment().unwrap_or(SEEDS_BY_DEFAULT),
        None => 0..1,
    };
    let mut known = Known::default();
    for seed in seeds {
        let mut run = |kind| {
            known.run(kind, seed, || {
                begins(format!("{kind}, seed {seed}"));
                S::take_draws();
                let polls = trial::<S>(case, kind, seed, rung)?;
                Ok((polls, S::take_draws()))
            })
        };
        let (total, failed) = match run(Kind::Undisturbed) {
            Ok(total) => (total, None),
            Err(Failed { polls, text }) => (polls, Some(text)),
        };
        // What is broken with the case alone is not seen when it is broken off, and the other way round: both are told.
        let mut breaks = rungs::breaks(total).map(|k| run(Kind::Broken(way, k)));
        let broken = breaks.find_map(Result::err).map(|failed| failed.text);
        if failed.is_some() || broken.is_some() {
            let texts: Vec<String> = failed.into_iter().chain(broken).collect();
            return Err(texts.join("; "));
        }
    }
    Ok(())
}

/// A run that was not as it must be, and how often its main future was polled.
struct Failed {
    polls: u64,
    text: String,
}

/// The runs that there have been in which chance alone decided. A seed that makes one of them once more is not run.
#[derive(Default)]
struct Known(BTreeMap<Kind, Vec<(Draws, u64)>>);

impl Known {
    /// The polls of a run of this kind.
    fn run(
        &mut self,
        kind: Kind,
        seed: u64,
        run: impl FnOnce() -> Result<(u64, Option<Draws>), Failed>,
    ) -> Result<u64, Failed> {
        let runs = self.0.entry(kind).or_default();
        let same = runs.iter().find(|(draws, _)| draws.would_come_of(seed));
        if let Some((_, polls)) = same {
            return Ok(*polls);
        }
        let (polls, draws) = run()?;
        runs.extend(draws.map(|draws| (draws, polls)));
        Ok(polls)
    }
}

/// One run of `case`. How often its main future was polled.
fn trial<S: Subject>(
    case: &Case<S::Runtime>,
    kind: Kind,
    seed: u64,
    rung: Rung,
) -> Result<u64, Failed> {
    S::seed(seed);
    let before = settle::Before::new();
    let (polls, was_broken_off, found) = subject::with::<S, _>(|fixture| {
        let idle: trial::Idle<S::Runtime> = S::idle;
        let meter = Rc::new(Meter::new(kind, rung, idle, before));
        fixture.measure(&meter);
        let body = catch_unwind(AssertUnwindSafe(|| (case.body)(fixture)));
        let found = match body {
            // A case that runs to its end looks after itself.
            Err(payload) if kind == Kind::Undisturbed && !rungs::wants_no_root(case.info.id) => {
                Err(words(&*payload))
            }
            _ if meter.has_broken_off() => {
                trial::be_quiet();
                meter
                    .found()
                    .and_then(|()| settle::in_time(fixture, &before, rung, idle))
            }
            _ => Ok(()),
        };
        (meter.polls(), meter.has_broken_off(), found)
    });
    let left = match was_broken_off {
        true => before.nothing_is_left(),
        false => Ok(()),
    };
    found.and(left).map(|()| polls).map_err(|text| Failed {
        polls,
        text: format!("{kind}, seed {seed}: {text}"),
    })
}
