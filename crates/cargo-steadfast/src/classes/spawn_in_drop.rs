//! A destructor that starts a task.

use super::{Class, Finding, detached_spawn::in_drop};
use crate::{
    facts::Facts,
    ir::{Expr, Kind},
    spawns,
    walk::{Around, Place},
};

pub(super) const EXPLANATION: &str = "\
Whoever drops the value goes on as if it were cleaned up: a file is opened again before it is closed, a test removes a
directory that is in use, a pool counts a connection that is still being returned. At shutdown the task never runs, and
without a runtime the destructor panics, which while unwinding ends the process.

Instead: clean up where somebody can await it.

    closing(db, async |db| { .. }).await;    // steadfast: cleaned up before it returns
    AsyncDropGuard::new(db)                  // or when its task ends, at the latest

With tokio alone: an explicit `async fn close(self)`, and a destructor that only signals a task which somebody waits for.";

const INSTEAD: &str = "clean up where it is awaited: `closing(value, ..)` or `AsyncDrop` of steadfast, or an `async fn close(self)`; let `drop` signal only";

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, facts: &Facts, out: &mut Vec<Finding>) {
    // What the started task starts in turn is said of the task.
    let in_task =
        |around: &Around<'_>| matches!(around, Around::Expr(e) if matches!(e.kind, Kind::Async(_)));
    if !in_drop(place) || place.around.iter().any(in_task) {
        return;
    }
    if let Some(start) = spawns::of(e, place) {
        let message = format!("this destructor starts a task, with `{}`", start.name);
        out.push(place.finding(Class::SpawnInDrop, e.span, message, INSTEAD));
        return;
    }
    let Some(callee) = place.callee(e) else {
        return;
    };
    let function = &place.cx.index.functions[callee];
    if facts.of[callee].starts_within && !function.function.is_async {
        let name = &function.function.name;
        let message = format!("this destructor calls `{name}`, which starts a task");
        let mut finding = place.finding(Class::SpawnInDrop, e.span, message, INSTEAD);
        let at = facts.of[callee].starts;
        if let Some(at) = at.filter(|_| function.file == place.cx.entry.file) {
            finding = finding.label(at, "the task is started here");
        }
        out.push(finding);
    }
}
