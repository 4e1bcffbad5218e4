//! A handle that is kept, and dropped all the same.

use super::{Class, Finding, detached_spawn::in_drop};
use crate::{
    follow::{Fate, fate},
    ir::{Expr, Kind, Span, Stmt},
    known::Spawns,
    paths::{self, Leak, Leaves},
    spawns, tracked,
    walk::Place,
};

pub(super) const EXPLANATION: &str = "\
A handle that goes out of scope leaves its task running: by the end of the block, by a `?` on the way, because another
branch of `select!` won, or with the struct that it was stored in. What the task was doing goes on without its owner, and its
error or panic is lost.

Instead: let somebody own the task on every path.

    nursery(async |n| {
        let child = n.spawn_with_handle(work());   // steadfast: dropping the handle does nothing, the nursery waits
        prepare().await?;
        child.await
    }).await

With tokio alone: `JoinSet`, `AbortOnDropHandle` of tokio-util, or an abort on each way out.";

const INSTEAD: &str = "let a nursery or `JoinSet` own the task, or await or abort it on this path as well (`AbortOnDropHandle` of tokio-util does the latter)";

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, out: &mut Vec<Finding>) {
    if in_drop(place) {
        return;
    }
    let Some(start) = spawns::of(e, place) else {
        return;
    };
    if start.how != Spawns::Detaches {
        return;
    }
    let dropped = match fate(e, place) {
        Fate::Discarded if start.through => Some((
            e.span,
            "the handle that this call returns is dropped here".to_owned(),
        )),
        Fate::Bound(name, rest) => of_local(name, rest, place),
        Fate::Stored(owner, field) => of_field(&owner, field, place),
        Fate::Collected(target) => of_collection(target, place),
        Fate::Raced => Some((
            e.span,
            "another branch of this `select!` may win, and this handle is dropped".into(),
        )),
        Fate::TimedOut => Some((
            e.span,
            "when the time is up the handle is dropped, and the task goes on".into(),
        )),
        Fate::TryJoined => None,
        _ => None,
    };
    let Some((at, how)) = dropped else {
        return;
    };
    if tracked::is_known_to_owner(&start, place) {
        return;
    }
    let message = format!(
        "the task that `{}` starts is left running: its handle is dropped",
        start.name
    );
    let finding = place.finding(Class::DroppedHandle, e.span, message, INSTEAD);
    out.push(finding.label(at, how));
}

fn of_local(name: &str, rest: &[Stmt], place: &Place<'_, '_>) -> Option<(Span, String)> {
    let leaks = paths::leaks(name, rest);
    let in_main = place.cx.entry.function.name.contains("main");
    // When `main` returns early the process ends, and the task with it.
    // Whoever asks whether it has ended replaces one that has.
    let asked = rest.iter().any(|stmt| {
        stmt.any(&mut |e| {
            matches!(&e.kind, Kind::Method(m) if m.name == "is_finished" && m.receiver.mentions(name))
        })
    });
    let leak = leaks.into_iter().find(|leak| {
        !(in_main && leak.how == Leaves::Early || asked && leak.how == Leaves::Overwritten)
    })?;
    Some((leak.at, said(name, &leak)))
}

fn said(name: &str, leak: &Leak) -> String {
    match leak.how {
        Leaves::End => format!("`{name}` is dropped at the end of its scope"),
        Leaves::Early => format!("`{name}` is dropped when this returns early"),
        Leaves::LosesRace => format!("`{name}` is dropped when another branch wins"),
        Leaves::TimesOut => {
            format!("`{name}` is dropped when the time is up, and the task goes on")
        }
        Leaves::Overwritten => format!("the handle in `{name}` is dropped when this replaces it"),
    }
}

/// A local collection of handles that nobody takes out again.
fn of_collection(target: &Expr, place: &Place<'_, '_>) -> Option<(Span, String)> {
    match &target.peeled().kind {
        Kind::Path(path) if path.len() == 1 => {
            let name = &path[0];
            let local = place.scope.get(name)?;
            if crate::known::tracks(local.ty.path()) || local.init.is_none() {
                return None;
            }
            let used = place.cx.entry.function.body.any(&mut |e| uses_up(e, name));
            (!used).then(|| {
                (
                    target.span,
                    format!("`{name}` is dropped with all its handles"),
                )
            })
        }
        _ => None,
    }
}

/// Whether the variable is named other than to look at it or to put something in.
fn uses_up(e: &Expr, name: &str) -> bool {
    let is_it = |e: &Expr| e.peeled().as_variable() == Some(name);
    match &e.kind {
        Kind::Method(m) => {
            is_it(&m.receiver)
                && !matches!(
                    m.name.as_str(),
                    "push" | "push_back" | "insert" | "len" | "is_empty" | "reserve"
                )
                || m.args.iter().any(is_it)
        }
        Kind::Call(_, args) => args.iter().any(is_it),
        Kind::Struct(_, fields) => fields.iter().any(|(_, value)| is_it(value)),
        Kind::Tuple(all) | Kind::Array(all) | Kind::Macro(_, all) => all.iter().any(is_it),
        Kind::Return(Some(value)) | Kind::Await(value) => is_it(value),
        Kind::Assign(_, value) => is_it(value),
        Kind::Loop(l) => match &l.head {
            crate::ir::Head::For(_, iter) => is_it(iter),
            _ => false,
        },
        Kind::Closure(closure) => is_it(&closure.body),
        Kind::Block(block) | Kind::Async(block) => tail_is(&block.stmts, name),
        _ => false,
    }
}

fn tail_is(stmts: &[Stmt], name: &str) -> bool {
    matches!(stmts.last(), Some(Stmt::Expr(tail, false)) if tail.as_variable() == Some(name))
}

/// A field that nothing in its crate awaits, aborts or takes.
fn of_field(owner: &str, field: &str, place: &Place<'_, '_>) -> Option<(Span, String)> {
    let fields = place.cx.index.structs.get(owner)?;
    let declared = fields.iter().find(|f| f.name == field)?;
    let krate = crate::index::Index::crate_of(&place.cx.entry.module);
    let used = &place.cx.index.used_fields;
    if declared.is_public || used.contains(&(krate.to_owned(), field.to_owned())) {
        return None;
    }
    let name = owner.rsplit("::").next().unwrap_or(owner);
    let ty = place.cx.field(owner, field);
    if !ty.holds_handle() {
        return None;
    }
    let text = format!("`{field}` is dropped with its `{name}`: nothing awaits or aborts it");
    Some((place.stmt().unwrap_or_default(), text))
}
