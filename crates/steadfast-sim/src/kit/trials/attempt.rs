//! One trial, from a fresh simulator to the look at what is left.

use std::any::Any;
use std::cell::{Cell, OnceCell};
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, PoisonError};

use steadfast_core::witness;
use steadfast_core::{self as core, CancelScope, Entry, Never, Nursery, Report};

use super::Settings;
use super::seeds::command;
use super::trial::{Records, Trial};
use crate::kit::{OnDrop, polls};
use crate::{Sim, SimHandle};

/// What is done to a scenario.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Drop,
    Cancel,
}

/// When it is done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    RightAfter(usize),
    InPlaceOf(usize),
}

pub(super) struct Attempt<'a> {
    settings: &'a Settings,
    seed: u64,
    deed: Option<(Deed, Moment)>,
}

/// A handle to the nursery around the scenario, from its first poll on.
type Around = OnceCell<Nursery<Never, SimHandle>>;

impl<'a> Attempt<'a> {
    pub(super) fn new(settings: &'a Settings, seed: u64, deed: Option<(Deed, Moment)>) -> Self {
        Self {
            settings,
            seed,
            deed,
        }
    }

    /// Whether the scenario has come to its end before anything was done to it.
    ///
    /// # Panics
    ///
    /// If the trial fails.
    pub(super) fn run<W, F: Future<Output = ()>>(
        &self,
        world: W,
        scenario: &mut impl FnMut(Trial<W>) -> F,
        invariant: &mut impl FnMut(&Trial<W>),
    ) -> bool {
        let (records, around) = (Records::default(), Around::new());
        let _listening = listen(&records);
        let heard = records.clone();
        let sim = self.settings.sim.clone().seed(self.seed);
        let sim = sim.hear(move |report| note(&heard, report)).build();
        let trial = Trial::new(sim.handle(), self.seed, world, records.clone());
        let clones = trial.watch();
        let untouched = Cell::new(true);
        let tried = caught(|| {
            let main = self.act(scenario(trial.clone()), &trial, &untouched);
            self.live_through(&sim, &around, main);
            look_at(&sim, &around, &records)?;
            invariant(&trial);
            Ok(())
        });
        // Drawn before anything is taken apart.
        let account = |fault: String| self.account(&fault, untouched.get(), &around, &records);
        let tried = tried.map_err(account);
        let left = caught(|| {
            drop((trial, sim));
            look_at_leaks(&records, clones())
        });
        match tried.and(left.map_err(account)) {
            Ok(()) => untouched.get(),
            Err(account) => panic!("{account}"),
        }
    }

    /// Runs the scenario, and does what is to be done to it.
    async fn act<W, F: Future<Output = ()>>(
        &self,
        scenario: F,
        trial: &Trial<W>,
        untouched: &Cell<bool>,
    ) {
        let scope = CancelScope::new().name("scenario");
        let handle = scope.handle();
        let cancel = || {
            untouched.set(false);
            handle.cancel("the trial asks the scenario to end");
        };
        match self.deed {
            None => scenario.await,
            Some((Deed::Cancel, Moment::RightAfter(poll))) => {
                scope.run(polls::call_after(scenario, poll, cancel)).await;
            }
            Some((Deed::Cancel, Moment::InPlaceOf(poll))) => {
                scope.run(polls::call_before(scenario, poll, cancel)).await;
            }
            Some((Deed::Drop, moment)) => {
                let ended = match moment {
                    Moment::RightAfter(poll) => polls::drop_after(scenario, poll).await,
                    Moment::InPlaceOf(poll) => polls::drop_before(scenario, poll).await,
                };
                if ended.is_none() {
                    return untouched.set(false);
                }
            }
        }
        trial.tell_end();
    }

    /// Runs `main` in a nursery under a root, and then everything that can still run.
    fn live_through(&self, sim: &Sim, around: &Around, main: impl Future<Output = ()>) {
        let mut root = core::Builder::on(&sim.handle()).name(self.settings.root.clone());
        if let Some(grace) = self.settings.grace {
            root = root.grace(grace);
        }
        let trial = core::Builder::on(&sim.handle()).name("trial");
        let trial = trial.run(|nursery| {
            _ = around.set(nursery);
            main
        });
        root.block_on(&Whole(sim), trial);
        sim.block_on(sim.handle().idle());
    }

    /// The text of a trial that fails.
    fn account(&self, fault: &str, untouched: bool, around: &Around, records: &Records) -> String {
        let seed = self.seed;
        let (policy, workers) = (self.settings.sim.policy.name(), self.settings.sim.workers);
        let deed = match self.deed {
            None => String::new(),
            Some((deed, moment)) => {
                let was = if untouched { "was to be" } else { "was" };
                format!(", in which the scenario {was} {}", Told(deed, moment))
            }
        };
        let tree = around.get().map(|nursery| nursery.tree().to_string());
        let tree = match tree.unwrap_or_default().as_str() {
            "" => "nothing is left in the tree of the trial\n".to_owned(),
            tree => format!("live tree of the trial:\n{tree}"),
        };
        let reports: String = records
            .reports()
            .iter()
            .map(|report| format!("reported: {report}\n"))
            .collect();
        format!(
            "steadfast-sim: a trial failed{deed} (seed {seed}, policy {policy}, {workers} workers): {fault}\n\
             {reports}{tree}to run this seed alone: {}",
            command(seed)
        )
    }
}

/// Says what is done to the scenario.
struct Told(Deed, Moment);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Deed::Drop => "dropped ",
            Deed::Cancel => "asked to end ",
        })?;
        match self.1 {
            Moment::RightAfter(0) => f.write_str("before its first poll"),
            Moment::RightAfter(poll) => write!(f, "right after poll {poll}"),
            Moment::InPlaceOf(poll) => match self.0 {
                Deed::Drop => write!(f, "in the place of poll {poll}"),
                Deed::Cancel => write!(f, "right before poll {poll}"),
            },
        }
    }
}

/// A simulator that ends with a panic of a task, before the root does.
struct Whole<'a>(&'a Sim);

impl Entry for Whole<'_> {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let run = AssertUnwindSafe(|| self.0.block_on(future.as_mut()));
        catch_unwind(run).unwrap_or_else(|payload| {
            self.0.end();
            resume_unwind(payload)
        })
    }
}

/// Looks whether all is over.
fn look_at(sim: &Sim, around: &Around, records: &Records) -> Result<(), String> {
    let tasks = sim.waiting();
    if !tasks.is_empty() {
        return Err(format!("tasks are left:\n{tasks}"));
    }
    let work = around.get().map(|nursery| witness::work(&nursery.tree()));
    none_of(
        "children or clean-ups are left in the tree",
        &work.unwrap_or_default(),
    )?;
    look_for_losses(records)?;
    none_of("faults were reported", &records.faults.list())
}

/// Looks what the trial itself held on to.
fn look_at_leaks(records: &Records, clones: usize) -> Result<(), String> {
    look_for_losses(records)?;
    none_of("left at the end", &records.leaks.left())?;
    match clones {
        0 => Ok(()),
        _ => Err(format!(
            "{clones} clones of the `Trial` are left: something that has them was never dropped"
        )),
    }
}

fn look_for_losses(records: &Records) -> Result<(), String> {
    let reports = records.reports();
    let losses = reports.iter().filter(|report| {
        matches!(
            report,
            Report::LostCleanup { .. } | Report::LostWork { .. } | Report::NotAdopted { .. }
        )
    });
    let losses: Vec<_> = losses.map(ToString::to_string).collect();
    none_of("something was lost", &losses)
}

fn none_of(what: &str, lines: &[String]) -> Result<(), String> {
    match lines.is_empty() {
        true => Ok(()),
        false => Err(format!("{what}:\n  {}", lines.join("\n  "))),
    }
}

/// Writes the reports of this thread down.
fn listen(records: &Records) -> OnDrop<impl FnOnce() + use<>> {
    let records = records.clone();
    let outer = witness::listen(Some(Arc::new(move |report: &Report| {
        note(&records, report)
    })));
    OnDrop::new(move || _ = witness::listen(outer))
}

fn note(records: &Records, report: &Report) {
    let reports = records.reports.lock();
    let mut reports = reports.unwrap_or_else(PoisonError::into_inner);
    reports.push(report.clone());
}

/// What `run` finds wrong, or panics with.
fn caught(run: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| Err(words(&*payload)))
}

fn words(payload: &(dyn Any + Send)) -> String {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    let words = owned.or_else(|| payload.downcast_ref::<&str>().copied());
    words
        .unwrap_or("a panic with a payload that is no text")
        .to_owned()
}
