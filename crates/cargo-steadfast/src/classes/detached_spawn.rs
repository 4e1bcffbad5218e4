//! A task whose handle is discarded where it is started.

use super::{Class, Finding};
use crate::{
    follow::{Fate, fate},
    ir::Expr,
    known::Spawns,
    spawns, tracked,
    walk::Place,
};

pub(super) const EXPLANATION: &str = "\
The task goes on after everything that started it has returned. Nobody sees its error or its panic, nobody can wait
until it is done, and at shutdown it is cut at whatever await it stands at.

Instead: spawn it into something that somebody waits for.

    nursery(async |n| {            // steadfast: returns when every child has finished
        n.spawn(serve(connection));
    }).await;

With tokio alone: a `JoinSet` that is drained, a `TaskTracker` that is closed and waited for, or keep the handle and await it.
Not reported: a task that a set, tracker or gate knows, or that holds the sender of a channel which its owner drains.";

const INSTEAD: &str = "spawn it into a nursery (`n.spawn(..)`), a `JoinSet` or a `TaskTracker` that is waited for, or await its handle";

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, out: &mut Vec<Finding>) {
    if in_drop(place) {
        return;
    }
    let Some(start) = spawns::of(e, place) else {
        return;
    };
    let ends_here = match (start.how, fate(e, place)) {
        (Spawns::Blocking, _) => false,
        (Spawns::NoHandle, _) | (_, Fate::Detached) => true,
        (Spawns::Detaches | Spawns::Somehow, Fate::Discarded) => !start.through,
        _ => false,
    };
    if !ends_here || tracked::is_known_to_owner(&start, place) {
        return;
    }
    let message = format!(
        "the handle of the task that `{}` starts is discarded",
        start.name
    );
    out.push(place.finding(Class::DetachedSpawn, e.span, message, INSTEAD));
}

/// In a destructor, where `spawn-in-drop` says it.
pub(super) fn in_drop(place: &Place<'_, '_>) -> bool {
    let function = &place.cx.entry.function;
    let of_trait = function.of_trait.as_ref().and_then(|path| path.last());
    function.name == "drop" && of_trait.is_some_and(|name| name == "Drop" || name == "PinnedDrop")
}
