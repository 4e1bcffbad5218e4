//! What is known of each function of the audited crates, found once for all of them.

use crate::{
    cancel_safe::{Effect, For},
    index::Index,
    infer::Context,
    ir::{Kind, Pat, Span},
    spawns, taken,
    waits::{self, Wait},
    walk::{Around, walk},
};
use std::collections::HashSet;

#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) of: Vec<Fact>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Fact {
    /// It awaits I/O, a channel or a lock, itself or through others.
    pub(crate) waits: Option<String>,
    /// What is lost if its future is dropped half-way.
    pub(crate) loses: Option<String>,
    /// Where it starts a task, itself.
    pub(crate) starts: Option<Span>,
    /// It starts a task while it runs, itself or through others that are not async.
    pub(crate) starts_within: bool,
}

/// How far a fact travels from function to function.
const ROUNDS: usize = 6;

/// Said of what reads into a buffer that its next call does not find as it was.
pub(crate) const LOSES_BUFFER: &str =
    " leaves what it has read so far in its buffer, and the next call does not start with that";

impl Facts {
    pub(crate) fn new(waits: Vec<Vec<Wait>>, does: Vec<Does>) -> Self {
        let of = does.iter().map(|does| Fact {
            starts: does.at,
            starts_within: does.at.is_some(),
            loses: does.loses.clone(),
            ..Fact::default()
        });
        let mut facts = Self { of: of.collect() };
        for _ in 0..ROUNDS {
            let mut changed = false;
            for (id, does) in does.iter().enumerate() {
                let through = |callee: &usize| facts.of[*callee].starts_within;
                if !facts.of[id].starts_within && does.calls.iter().any(through) {
                    facts.of[id].starts_within = true;
                    changed = true;
                }
            }
            for (id, waits) in waits.iter().enumerate() {
                if facts.of[id].waits.is_none() {
                    facts.of[id].waits = facts.blocking(waits);
                    changed |= facts.of[id].waits.is_some();
                }
                if facts.of[id].loses.is_none() {
                    facts.of[id].loses = facts.loss(waits, &|_| true);
                    changed |= facts.of[id].loses.is_some();
                }
            }
            if !changed {
                break;
            }
        }
        facts
    }

    /// The first thing that a body waits for and that may take arbitrarily long.
    fn blocking(&self, waits: &[Wait]) -> Option<String> {
        waits
            .iter()
            .find_map(|wait| match (wait.waits_for, wait.callee) {
                (Some(For::Io | For::Channel | For::Lock), _) => Some(wait.name.clone()),
                (None, Some(callee)) => self.of[callee].waits.clone(),
                // Another crate's: what takes no time is not async.
                (None, None) if wait.is_call => Some(wait.name.clone()),
                _ => None,
            })
    }

    /// What is lost if a body with these awaits is dropped at one of them; `outlives` tells of a variable whether it stays.
    pub(crate) fn loss(&self, waits: &[Wait], outlives: &dyn Fn(&str) -> bool) -> Option<String> {
        let stays = |name: &Option<String>| name.as_deref().is_some_and(outlives);
        for (position, wait) in waits.iter().enumerate() {
            if !stays(&wait.root) {
                continue;
            }
            if let Some(what) = wait.loses {
                return Some(format!("{} is not cancel safe: {what}", wait.name));
            }
            if let Some(what) = wait
                .callee
                .and_then(|callee| self.of[callee].loses.as_ref())
            {
                let name = &wait.name;
                return Some(if what.contains("which awaits") {
                    what.clone()
                } else {
                    format!("{name}, which awaits: {what}")
                });
            }
            if wait.effect == Effect::Appends && (wait.emptied || !stays(&wait.buffer)) {
                return Some(format!("{}{LOSES_BUFFER}", wait.name));
            }
            let takes = match wait.effect {
                Effect::Takes => true,
                Effect::Fills | Effect::Appends => !stays(&wait.buffer),
                Effect::Sends => false,
                Effect::None => false,
            };
            let then = waits[position + 1..]
                .iter()
                .find(|then| is_point_of_loss(wait, then));
            if let (true, Some(then)) = (takes, then) {
                return Some(format!(
                    "what {} took is lost when it is dropped at {}",
                    wait.name, then.name
                ));
            }
        }
        None
    }
}

/// Whether what `wait` took may be lost at `then`.
fn is_point_of_loss(wait: &Wait, then: &Wait) -> bool {
    let gave_nothing = then.after_nothing && !wait.after_nothing;
    then.loops >= wait.loops && then.name != wait.name && then.name != "`pending`" && !gave_nothing
}

/// What a function does itself.
#[derive(Debug, Default)]
pub(crate) struct Does {
    /// Where it starts a task.
    at: Option<Span>,
    /// What it takes without an await, and loses at one.
    loses: Option<String>,
    /// The functions that it runs, none of them async.
    calls: Vec<usize>,
}

/// The awaits of one function, and what it does itself.
pub(crate) fn of(index: &Index, id: usize) -> (Vec<Wait>, Does) {
    let cx = Context::new(index, id);
    let function = &cx.entry.function;
    let mut does = Does::default();
    let in_future =
        |around: &Around<'_>| matches!(around, Around::Expr(e) if matches!(e.kind, Kind::Async(_)));
    walk(cx, &mut |e, place| {
        if does.at.is_none() && spawns::of(e, place).is_some() {
            does.at = Some(e.span);
        }
        let runs = |id: &usize| !index.functions[*id].function.is_async;
        if let Some(callee) = place.callee(e).filter(runs) {
            if !place.around.iter().any(in_future) {
                does.calls.push(callee);
            }
        }
    });
    let mut waits = waits::all(&cx, &cx.scope(), &function.body);
    // A resource that the function made, or was given for good, goes with its future.
    let mut lent: HashSet<&str> = HashSet::new();
    if function.borrows_self {
        lent.insert("self");
    }
    for param in function.params.iter().filter(|param| param.is_lent) {
        lent.extend(param.pat.names());
    }
    crate::bindings::each(&function.body, &mut |pat, init| {
        let borrowed = init.and_then(waits::borrowed);
        if let (Pat::Bind(name), Some(of)) = (pat, borrowed) {
            if lent.contains(of) {
                lent.insert(name);
            }
        }
    });
    does.loses = taken::lost(&function.body, &|name| lent.contains(name));
    for wait in &mut waits {
        let keep = |name: &Option<String>| name.as_deref().is_some_and(|name| lent.contains(name));
        if !keep(&wait.root) {
            wait.root = None;
        }
        if !keep(&wait.buffer) {
            wait.buffer = None;
        }
    }
    (waits, does)
}
