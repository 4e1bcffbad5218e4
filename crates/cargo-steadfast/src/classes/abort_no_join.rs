//! `abort()` without waiting until the task has ended.

use super::{Class, Finding, detached_spawn::in_drop};
use crate::{
    ir::{Expr, Head, Kind, Method, Span},
    known,
    spawns::name_of,
    walk::Place,
};

pub(super) const EXPLANATION: &str = "\
`abort()` only asks: the task runs on until its next await, and its destructors after that. Whoever goes on as if it had
stopped finds the port still bound, the file still open, one more message sent.

Instead: wait until it has ended.

    task.abort();
    let _ = task.await;                 // ended: future dropped, effects visible

    set.shutdown().await                // a `JoinSet`: aborts and waits

With steadfast, leaving the nursery waits; `n.cancel(reason)` asks.";

const INSTEAD: &str = "await the handle after `abort()` (`let _ = handle.await;`; of a `JoinSet`, `shutdown().await`), or leave a nursery, which waits";

/// Names of functions whose callers take the task for gone when they return.
const STOPS: &[&str] = &[
    "stop",
    "shutdown",
    "shut_down",
    "close",
    "restart",
    "reset",
    "disconnect",
    "terminate",
    "unregister",
    "teardown",
    "tear_down",
    "replace",
    "reload",
    "rotate",
    "cleanup",
    "clean_up",
    "remove",
    "kill",
    "pause",
];

/// To `cancel` is to ask, and so is `cancel_on_signal`; to cancel this or that is to have it gone.
fn stops(name: &str) -> bool {
    let cancelled = name
        .strip_prefix("cancel_")
        .and_then(|what| what.split('_').next());
    STOPS.iter().any(|stop| name.contains(stop))
        || cancelled.is_some_and(|what| !matches!(what, "on" | "if" | "when" | "after" | "by"))
}

/// Functions that want to have for themselves what a task may still hold: a file, a directory, a port.
const WANTS: &[&str] = &[
    "remove_file",
    "remove_dir",
    "remove_dir_all",
    "rename",
    "bind",
    "create_new",
];

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, out: &mut Vec<Finding>) {
    let Kind::Method(m) = &e.kind else {
        return;
    };
    if !matches!(m.name.as_str(), "abort" | "abort_all") || !m.args.is_empty() || in_drop(place) {
        return;
    }
    if !is_handle(m, place) {
        return;
    }
    let successor = successor(e, m, place);
    if is_awaited(e, m, place, successor) {
        return;
    }
    let name = &place.cx.entry.function.name;
    if !stops(name) && successor.is_none() && !wants_what_it_holds(place) {
        return;
    }
    let message = format!(
        "`{name}` goes on before the task has ended: `{}` only asks",
        m.name
    );
    out.push(place.finding(Class::AbortNoJoin, e.span, message, INSTEAD));
}

/// Whether what follows takes for itself what the task may still hold.
fn wants_what_it_holds(place: &Place<'_, '_>) -> bool {
    let rest = place.rest();
    let mut rest = rest.iter().flat_map(|stmts| stmts.iter());
    rest.any(|stmt| {
        stmt.any(&mut |e| match &e.kind {
            Kind::Call(callee, _) => WANTS.contains(&name_of(callee).as_str()),
            Kind::Method(m) => WANTS.contains(&m.name.as_str()),
            _ => false,
        })
    })
}

fn is_handle(m: &Method, place: &Place<'_, '_>) -> bool {
    let ty = place.infer(&m.receiver);
    let ty = ty.inner();
    let inner = ty.deref();
    if inner.is_known() {
        return known::is_detaching_handle(inner.path())
            || matches!(
                inner.last(),
                "AbortHandle" | "JoinSet" | "JoinMap" | "AbortOnDropHandle"
            );
    }
    m.name == "abort_all" || is_called_task(&name_of(&m.receiver)) || is_item_of_tasks(m, place)
}

fn is_called_task(name: &str) -> bool {
    let parts = ["handle", "task", "join", "worker", "jh"];
    parts.iter().any(|part| name.contains(part))
}

/// `for t in tasks.drain(..) { t.abort(); }`
fn is_item_of_tasks(m: &Method, place: &Place<'_, '_>) -> bool {
    let Some(Head::For(pat, items)) = place.enclosing_loop().map(|l| &l.head) else {
        return false;
    };
    let item = m.receiver.as_variable();
    let collection = match &items.kind {
        Kind::Method(m) => &m.receiver,
        _ => items,
    };
    item.is_some_and(|item| pat.names().contains(&item)) && is_called_task(&name_of(collection))
}

/// Whether what was aborted, or the collection that it is from, is awaited later on.
fn is_awaited(e: &Expr, m: &Method, place: &Place<'_, '_>, until: Option<Span>) -> bool {
    let mut names = vec![name_of(&m.receiver)];
    names.extend(crate::waits::root(&m.receiver).filter(|root| root != "self"));
    for around in place.around {
        if let crate::walk::Around::Expr(outer) = around {
            match &outer.kind {
                Kind::Loop(l) => {
                    if let Head::For(_, iter) = &l.head {
                        names.push(name_of(iter));
                        names.extend(crate::waits::root(iter).filter(|root| root != "self"));
                    }
                }
                Kind::If(branch) => {
                    branch.cond.any(&mut |c| {
                        if let Kind::Let(_, value) = &c.kind {
                            names.extend(crate::waits::root(value).filter(|root| root != "self"));
                        }
                        false
                    });
                }
                _ => {}
            }
        }
    }
    place.cx.entry.function.body.any(&mut |later| {
        let too_late = until.is_some_and(|until| later.span.starts_after(until));
        if too_late || !later.span.starts_after(e.span) && !later.span.contains(e.span) {
            return false;
        }
        let names_it = |e: &Expr| names.iter().any(|name| is_named(e, name));
        match &later.kind {
            Kind::Await(inner) => {
                waits_for_all(inner, place) || names_it(inner) || is_awaited_within(inner, m, place)
            }
            Kind::Return(Some(value)) => names.iter().any(|name| value.as_variable() == Some(name)),
            Kind::Join(..) | Kind::Select(_) => later.span.starts_after(e.span) && names_it(later),
            _ => false,
        }
    })
}

/// Whether this calls a method of the same type that awaits the field that was aborted.
fn is_awaited_within(call: &Expr, m: &Method, place: &Place<'_, '_>) -> bool {
    let Kind::Field(base, field) = &m.receiver.kind else {
        return false;
    };
    let mut awaited = false;
    call.any(&mut |e| {
        let of_same = matches!(&e.kind, Kind::Method(called) if called.receiver.peeled().as_variable() == base.peeled().as_variable());
        let callee = place.callee(e).filter(|_| of_same);
        awaited = awaited
            || callee.is_some_and(|callee| {
                let body = &place.cx.index.functions[callee].function.body;
                body.any(&mut |e| matches!(&e.kind, Kind::Await(inner) if is_named(inner, field)))
            });
        awaited
    });
    awaited
}

/// Whether this waits for a group of tasks, the aborted one presumably among them.
fn waits_for_all(e: &Expr, place: &Place<'_, '_>) -> bool {
    e.any(&mut |e| match &e.kind {
        Kind::Method(m) => match m.name.as_str() {
            "join_next" | "join_all" => true,
            "shutdown" | "wait" | "join" | "close" => is_group(&m.receiver, place),
            _ => false,
        },
        Kind::Call(callee, _) => {
            matches!(name_of(callee).as_str(), "join_all" | "try_join_all")
        }
        _ => false,
    })
}

fn is_group(e: &Expr, place: &Place<'_, '_>) -> bool {
    let ty = place.infer(e);
    let name = name_of(e);
    let groups = ["set", "tracker", "group", "wg", "nursery", "gate"];
    known::tracks(ty.deref().path())
        || is_called_task(&name)
        || groups.iter().any(|group| name.contains(group))
}

/// Whether a variable or field of that name is in the expression.
fn is_named(e: &Expr, name: &str) -> bool {
    let is_field = |e: &Expr| matches!(&e.kind, Kind::Field(_, field) if field == name);
    e.mentions(name) || e.any(&mut |e| is_field(e))
}

/// Where the function afterwards starts the task's successor.
fn successor(e: &Expr, m: &Method, place: &Place<'_, '_>) -> Option<Span> {
    let aborted = name_of(&m.receiver);
    // `if let Some(task) = self.task.take()`
    let local = m
        .receiver
        .as_variable()
        .and_then(|name| place.scope.get(name));
    let source = local.and_then(|local| local.init).map(taken_from);
    let mut found = None;
    place.cx.entry.function.body.any(&mut |later| {
        if let Kind::Assign(target, value) = &later.kind {
            let target = name_of(target);
            let refills = source.as_ref() == Some(&target) && !is_none(value);
            let fits = target == aborted || target.contains("handle") || target.contains("task");
            let restarts = fits && value.any(&mut |v| starts(v));
            if later.span.starts_after(e.span) && (refills || restarts) {
                found = found.or(Some(later.span));
            }
        }
        found.is_some()
    });
    found
}

/// The field that a handle was taken out of.
fn taken_from(e: &Expr) -> String {
    match &e.kind {
        Kind::Method(m) => taken_from(&m.receiver),
        Kind::Ref(inner) | Kind::Unary(inner) | Kind::Try(inner) | Kind::Await(inner) => {
            taken_from(inner)
        }
        Kind::Field(_, name) => name.clone(),
        _ => String::new(),
    }
}

fn is_none(e: &Expr) -> bool {
    matches!(&e.kind, Kind::Path(path) if path.last().is_some_and(|last| last == "None"))
}

fn starts(e: &Expr) -> bool {
    match &e.kind {
        Kind::Call(callee, _) => name_of(callee).contains("spawn"),
        Kind::Method(m) => m.name.contains("spawn"),
        _ => false,
    }
}
