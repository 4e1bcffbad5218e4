//! A handle that is kept, and dropped all the same.

use super::{Class, Finding, detached_spawn::in_drop};
use crate::{
    follow::{Component, Fate, Rest, fate, fate_of_part},
    infer::Ty,
    ir::{Expr, Kind, Span, Stmt},
    known::Spawns,
    paths::{self, Leak, Leaves},
    spawns::{self, Start},
    tracked,
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
    if let Some((start, handles)) = spawns::in_tuple(e, place) {
        let mut fates = handles
            .into_iter()
            .map(|handle| fate_of_part(e, handle, place));
        let dropped = fates.find_map(|fate| dropped(e, &start, fate, place));
        if !is_drained_beside(e, place) {
            out.extend(dropped.map(|dropped| finding(e, &start, dropped, place)));
        }
        return;
    }
    let Some(start) = spawns::of(e, place) else {
        return;
    };
    if start.how != Spawns::Detaches {
        return;
    }
    let fate = fate(e, place);
    // Where it is started, `detached-spawn` says it.
    if matches!(fate, Fate::Discarded) && !start.through {
        return;
    }
    let dropped = dropped(e, &start, fate, place);
    out.extend(dropped.map(|dropped| finding(e, &start, dropped, place)));
}

/// Where the handle that `e` gives is dropped, and how.
fn dropped<'a>(
    e: &Expr,
    start: &Start<'_>,
    fate: Fate<'a>,
    place: &Place<'a, '_>,
) -> Option<(Span, String)> {
    let dropped = match fate {
        Fate::Discarded => (
            e.span,
            "the handle that this call returns is dropped here".to_owned(),
        ),
        Fate::Bound(name, rest) => of_local(name, None, rest, place)?,
        Fate::BoundWithin(name, part, rest) => of_local(name, Some(part), rest, place)?,
        Fate::Either(all) => {
            let mut all = all.into_iter();
            return all.find_map(|fate| dropped(e, start, fate, place));
        }
        Fate::Stored(owner, field) => of_field(&owner, field, place)?,
        Fate::Collected(target) => of_collection(target, place)?,
        Fate::Raced => (
            e.span,
            "another branch of this `select!` may win, and this handle is dropped".into(),
        ),
        Fate::TimedOut => (
            e.span,
            "when the time is up the handle is dropped, and the task goes on".into(),
        ),
        _ => return None,
    };
    (!tracked::is_known_to_owner(start, place)).then_some(dropped)
}

fn finding<'a>(
    e: &Expr,
    start: &Start<'_>,
    (at, how): (Span, String),
    place: &Place<'a, '_>,
) -> Finding {
    let message = format!(
        "the task that `{}` starts is left running: its handle is dropped",
        start.name
    );
    let finding = place.finding(Class::DroppedHandle, e.span, message, INSTEAD);
    finding.label(at, how)
}

/// Whether the tuple that `e` gives has a receiver, too, which the caller reads until the task has ended.
fn is_drained_beside<'a>(e: &'a Expr, place: &Place<'a, '_>) -> bool {
    let Ty::Tuple(parts) = place.infer(e).inner() else {
        return false;
    };
    let of = parts.len();
    parts.iter().enumerate().any(|(position, ty)| {
        ty.deref().last().ends_with("Receiver")
            && is_drained(&fate_of_part(e, Component { position, of }, place), place)
    })
}

fn is_drained(fate: &Fate<'_>, place: &Place<'_, '_>) -> bool {
    match fate {
        Fate::Bound(name, _) => tracked::is_drained(name, place),
        Fate::Either(all) => all.iter().any(|fate| is_drained(fate, place)),
        _ => false,
    }
}

fn of_local(
    name: &str,
    part: Option<usize>,
    rest: Rest<'_>,
    place: &Place<'_, '_>,
) -> Option<(Span, String)> {
    let leaks = paths::leaks(name, part, rest);
    let in_main = place.cx.entry.function.name.contains("main");
    // When `main` returns early the process ends, and the task with it.
    // Whoever asks whether it has ended replaces one that has.
    let asked = rest.any(&mut |e| {
        matches!(&e.kind, Kind::Method(m) if m.name == "is_finished" && m.receiver.mentions(name))
    });
    let leak = leaks.into_iter().find(|leak| {
        !(in_main && leak.how == Leaves::Early || asked && leak.how == Leaves::Overwritten)
    })?;
    let name = part.map_or(name.to_owned(), |part| format!("{name}.{part}"));
    Some((leak.at, said(&name, &leak)))
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
