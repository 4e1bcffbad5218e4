//! A handle that is kept, and dropped all the same.

use super::{Class, Finding, detached_spawn::in_drop};
use crate::{
    control, fields,
    follow::{Component, Fate, Rest, fate, fate_of_part},
    infer::Ty,
    ir::{Expr, Head, Kind, Span, Stmt},
    known::Spawns,
    paths::{self, Leak, Leaves},
    spawns::{self, Start},
    tracked,
    walk::{Around, Place},
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
        Fate::Stored(owner, field) => {
            let at = place.stmt().unwrap_or_default();
            of_field(&owner, field, at, place)?
        }
        Fate::Assigned(name) => of_outer(name, e, place)?,
        Fate::Collected(target) => of_collection(target, place)?,
        Fate::Raced => (
            e.span,
            "another branch of this `select!` may win, and this handle is dropped".into(),
        ),
        Fate::TimedOut => (
            e.span,
            "when the time is up the handle is dropped, and the task goes on".into(),
        ),
        Fate::TryJoined if !in_main(place) => (
            e.span,
            "when another one fails, this handle is dropped, and its task goes on".into(),
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
    // Whoever asks whether it has ended replaces one that has.
    let asked = rest.any(&mut |e| {
        matches!(&e.kind, Kind::Method(m) if m.name == "is_finished" && m.receiver.mentions(name))
    });
    let mut leaks = paths::leaks(name, part, rest).into_iter();
    let leak = leaks
        .find(|leak| !(ends_with_process(leak, place) || asked && leak.how == Leaves::Overwritten));
    let Some(leak) = leak else {
        return part
            .is_none()
            .then(|| put_away(name, rest, place))
            .flatten();
    };
    let name = part.map_or(name.to_owned(), |part| format!("{name}.{part}"));
    Some((leak.at, said(&name, &leak)))
}

/// When `main` returns early the process ends, and the task with it.
fn ends_with_process(leak: &Leak, place: &Place<'_, '_>) -> bool {
    matches!(leak.how, Leaves::Early | Leaves::Rest | Leaves::Beside) && in_main(place)
}

fn in_main(place: &Place<'_, '_>) -> bool {
    let name = &place.cx.entry.function.name;
    name.split('_').any(|word| word == "main")
}

/// Where a variable is put that nobody takes it out of again.
fn put_away(name: &str, rest: Rest<'_>, place: &Place<'_, '_>) -> Option<(Span, String)> {
    let mut found = None;
    rest.any(&mut |e| {
        found = match &e.kind {
            Kind::Struct(path, fields) => {
                let field = fields.iter().find(|(_, value)| wraps(value, name));
                field.and_then(|(field, _)| of_field(&place.cx.resolve(path), field, e.span, place))
            }
            Kind::Method(m) if m.args.iter().any(|arg| wraps(arg, name)) => {
                let collects = matches!(m.name.as_str(), "push" | "push_back" | "insert");
                collects
                    .then(|| of_collection(&m.receiver, place))
                    .flatten()
            }
            Kind::Assign(target, value) if wraps(value, name) => match &target.kind {
                Kind::Field(base, field) => {
                    let owner = place.infer(base);
                    of_field(owner.deref().path(), field, e.span, place)
                }
                _ => None,
            },
            _ => None,
        };
        found.is_some()
    });
    found
}

/// Whether `e` is the variable, or it in another shape.
fn wraps(e: &Expr, name: &str) -> bool {
    match &e.kind {
        Kind::Call(callee, args) => {
            let wrapper = spawns::name_of(callee);
            let is_wrapper = matches!(wrapper.as_str(), "Some" | "new");
            is_wrapper && args.iter().any(|arg| wraps(arg, name))
        }
        Kind::Array(all) => all.iter().any(|e| wraps(e, name)),
        Kind::Macro(path, all) if path.last().is_some_and(|last| last == "vec") => {
            all.iter().any(|e| wraps(e, name))
        }
        _ => e.as_variable() == Some(name) && matches!(e.kind, Kind::Path(_)),
    }
}

/// A variable of an outer block, that a handle is assigned to and that nobody asks about before the next one is.
fn of_outer(name: &str, e: &Expr, place: &Place<'_, '_>) -> Option<(Span, String)> {
    let local = place.scope.get(name)?;
    let mut targets = Vec::new();
    let body = &place.cx.entry.function.body;
    body.any(&mut |e| {
        if let Kind::Assign(target, _) = &e.kind {
            targets.push(target.span);
        }
        false
    });
    let is_named = |e: &Expr| e.as_variable() == Some(name) && !targets.contains(&e.span);
    match place.enclosing_loop() {
        Some(l) if local.loops < place.scope.loops => {
            let ends = place.rest_of_turn().into_iter().flatten().any(stmt_leaves);
            let in_head = match &l.head {
                Head::Loop => false,
                Head::While(e) | Head::For(_, e) => e.any(&mut |e| is_named(e)),
            };
            // Under a condition it may be that there is one at most.
            let awaited_later = is_conditional(place) && body.any(&mut |e| is_named(e));
            let is_kept = ends || in_head || awaited_later || l.body.any(&mut |e| is_named(e));
            (!is_kept).then(|| {
                let text =
                    format!("the handle in `{name}` is dropped when the next turn replaces it");
                (e.span, text)
            })
        }
        _ => {
            let text = format!("nothing awaits or aborts what is in `{name}`");
            (local.init.is_some() && !body.any(&mut |e| is_named(e))).then_some((e.span, text))
        }
    }
}

/// Whether not every turn of the innermost loop comes here.
fn is_conditional(place: &Place<'_, '_>) -> bool {
    let in_turn = place.around.iter().rev();
    let mut in_turn = in_turn
        .take_while(|around| !matches!(around, Around::Expr(e) if matches!(e.kind, Kind::Loop(_))));
    in_turn.any(|around| match around {
        Around::Arm(_) => true,
        Around::Expr(e) => matches!(e.kind, Kind::If(_)),
        _ => false,
    })
}

fn stmt_leaves(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(e, _) => control::leaves(e),
        Stmt::Let(_) => false,
    }
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
        Leaves::Beside => format!("`{name}` is dropped when another one fails or ends first"),
        Leaves::Rest => format!("the rest of `{name}` is dropped when this returns early"),
    }
}

/// A collection of handles that nobody takes out again, or not all of them.
fn of_collection(target: &Expr, place: &Place<'_, '_>) -> Option<(Span, String)> {
    if let Some(field) = fields::accessed(target) {
        return of_accessed(field, target.span, place);
    }
    let name = target.peeled().as_variable()?;
    let local = place.scope.get(name)?;
    if crate::known::tracks(local.ty.path()) {
        return None;
    }
    // What is borrowed from a field stays in it.
    if let Some(field) = fields::accessed(local.init?) {
        return of_accessed(field, target.span, place);
    }
    let body = &place.cx.entry.function.body;
    if !fields::is_used_up(body, name) {
        let text = format!("`{name}` is dropped with all its handles");
        return Some((target.span, text));
    }
    let mut leak = None;
    body.any(&mut |e| {
        let found = paths::leak_of_rest(e, name);
        leak = found.filter(|leak| !ends_with_process(leak, place));
        leak.is_some()
    });
    let rest = Rest::Stmts(&body.stmts);
    leak.map(|leak| (leak.at, said(name, &leak)))
        .or_else(|| put_away(name, rest, place))
}

fn of_accessed(field: &Expr, at: Span, place: &Place<'_, '_>) -> Option<(Span, String)> {
    let Kind::Field(base, name) = &field.kind else {
        return None;
    };
    let owner = place.infer(base);
    of_field(owner.deref().path(), name, at, place)
}

/// A field that nothing in its crate awaits, aborts or takes.
fn of_field(owner: &str, field: &str, at: Span, place: &Place<'_, '_>) -> Option<(Span, String)> {
    let fields = place.cx.index.structs.get(owner)?;
    let declared = fields.iter().find(|f| f.name == field)?;
    let krate = crate::index::Index::crate_of(&place.cx.entry.module);
    let used = &place.cx.index.used_fields;
    if declared.is_public || used.contains(&(krate.to_owned(), field.to_owned())) {
        return None;
    }
    let name = owner.rsplit("::").next().unwrap_or(owner);
    let ty = place.cx.field(owner, field);
    if !ty.keeps_handle() {
        return None;
    }
    let text = format!("`{field}` is dropped with its `{name}`: nothing awaits or aborts it");
    Some((at, text))
}
