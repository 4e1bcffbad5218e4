//! A time limit around something that must not be cut.

use super::{Class, Finding, select_loop_cancel::loss};
use crate::{
    control,
    facts::Facts,
    ir::{Block, Expr, Head, Kind},
    spawns::name_of,
    walk::{Around, Place},
};

pub(super) const EXPLANATION: &str = "\
When the time is up the future is dropped at whatever await it stands at. If it is not cancel safe and the connection, buffer
or queue that it worked on is used again, what follows starts in the middle of a message, or without the one that was lost.

Instead: let the time limit be a request, or give up what was being used.

    with_deadline(limit, read_frame(&mut conn)).await      // steadfast: requests, and waits until the work has ended

With tokio alone: keep the future pinned and go on polling it, close the resource after a timeout, or use the cancel safe form.";

const INSTEAD: &str = "use `with_deadline` of steadfast, which requests the end and waits for it; or give up the resource after a timeout; or use the cancel safe form";

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, facts: &Facts, out: &mut Vec<Finding>) {
    let (future, name) = match &e.kind {
        Kind::Call(callee, args) => {
            let name = match &callee.kind {
                Kind::Path(path) => place.cx.resolve(path),
                _ => return,
            };
            let name = name.rsplit("::").next().unwrap_or_default().to_owned();
            match (name.as_str(), args.as_slice()) {
                ("timeout" | "timeout_at", [_, future]) => (future, name),
                _ => return,
            }
        }
        Kind::Method(m) => match (m.name.as_str(), m.args.len()) {
            ("now_or_never", 0) | ("timeout", 1) => (&m.receiver, m.name.clone()),
            _ => return,
        },
        _ => return,
    };
    let Some((what, Some(resource))) = loss(made(future, place), place, facts) else {
        return;
    };
    // What is not ready at once has not failed: it is asked again.
    let is_asked_again = name == "now_or_never" && is_lent(&resource, place);
    let is_given_up =
        is_given_up(place) && !says_nothing_yet(&resource, place) || is_last_word(&resource, place);
    if is_given_up && !is_asked_again || !is_used_again(&resource, place) {
        return;
    }
    let message = format!("`{name}` may drop this half-way: {what}");
    out.push(place.finding(Class::PollCancel, future.span, message, INSTEAD));
}

/// How the future was made, if it is in a variable that is given away.
fn made<'a>(future: &'a Expr, place: &Place<'a, '_>) -> &'a Expr {
    let name = match &future.kind {
        Kind::Path(path) if path.len() == 1 => &path[0],
        _ => return future,
    };
    let init = place.scope.get(name).and_then(|local| local.init);
    init.filter(|init| matches!(init.kind, Kind::Call(..) | Kind::Method(_) | Kind::Async(_)))
        .unwrap_or(future)
}

/// Whether the end of the time is an error that leaves the function, or at least the loop.
fn is_given_up(place: &Place<'_, '_>) -> bool {
    let mut awaited = false;
    for around in place.around.iter().rev() {
        match around {
            Around::Expr(outer) => match &outer.kind {
                Kind::Await(_) => awaited = true,
                Kind::Try(_) if awaited => return true,
                Kind::Method(m) => match m.name.as_str() {
                    "unwrap" | "expect" => return true,
                    "map_err" | "context" | "with_context" | "unwrap_or" | "ok_or"
                    | "ok_or_else" | "and_then" | "ok" | "or_else" | "is_err" | "is_ok"
                    | "is_none" | "is_some" | "wrap_err" | "flatten" => {}
                    _ => return false,
                },
                Kind::Match(_, arms) => {
                    let failed = arms.iter().filter(|arm| is_failure(&arm.pat));
                    let mut failed = failed.peekable();
                    let is_error = |arm: &crate::ir::Arm| matches!(&arm.body.kind, Kind::Call(callee, _) if name_of(callee) == "Err");
                    if failed.peek().is_none()
                        || !failed
                            .clone()
                            .all(|arm| control::leaves(&arm.body) || is_error(arm))
                    {
                        return false;
                    }
                    if failed.all(|arm| control::leaves(&arm.body)) {
                        return true;
                    }
                }
                Kind::Let(pat, _) if is_failure(pat) => {}
                Kind::If(branch) => return after_if(branch),
                // It turns for as long as there is no failure.
                Kind::Loop(l) => {
                    return matches!(&l.head, Head::While(cond) if !wants_failure(cond));
                }
                Kind::Unary(_) | Kind::Let(..) | Kind::Ref(_) => {}
                Kind::Block(_) => {}
                _ => return false,
            },
            Around::Stmt(block, position) => return is_returned(block, *position, place),
            Around::Arm(_) => {}
            Around::Raced(arm) => return is_given_up_by(&arm.pat, |test| arm.body.any(test)),
            Around::Handler(..) => return false,
        }
    }
    true
}

/// Whether the caller, who has lent the resource, is told that there is nothing yet: `Err(_) => return Ok(None)`.
fn says_nothing_yet(resource: &str, place: &Place<'_, '_>) -> bool {
    let is_none = |e: &Expr| matches!(&e.kind, Kind::Path(path) if path.last().is_some_and(|last| last == "None"));
    let says_so = |e: &Expr| match &e.kind {
        Kind::Return(Some(value)) => match &value.kind {
            Kind::Call(callee, args) => name_of(callee) == "Ok" && args.iter().any(is_none),
            _ => false,
        },
        _ => false,
    };
    let within = place.around.iter().rev();
    let mut within = within.take_while(|around| !matches!(around, Around::Stmt(..)));
    let matched = within.find_map(|around| match around {
        Around::Expr(e) => match &e.kind {
            Kind::Match(_, arms) => Some(arms),
            _ => None,
        },
        _ => None,
    });
    let mut failed = matched
        .into_iter()
        .flatten()
        .filter(|arm| is_failure(&arm.pat));
    is_lent(resource, place) && failed.any(|arm| says_so(&arm.body))
}

/// Whether this is the last that the resource is used for: in a method that ends it, with nothing after it but its end.
fn is_last_word(resource: &str, place: &Place<'_, '_>) -> bool {
    let name = place.cx.entry.function.name.as_str();
    let goes_on = |e: &Expr| match &e.kind {
        Kind::Await(inner) => match &inner.kind {
            Kind::Method(m) => {
                crate::waits::root(&m.receiver).is_some_and(|root| root == resource)
                    && !LAST.contains(&m.name.as_str())
            }
            _ => false,
        },
        _ => false,
    };
    LAST.contains(&name)
        && place.enclosing_loop().is_none()
        && !place
            .rest()
            .into_iter()
            .flatten()
            .any(|stmt| stmt.any(&mut |e| goes_on(e)))
}

/// Methods after which nobody uses what they end.
const LAST: &[&str] = &[
    "close",
    "shutdown",
    "shut_down",
    "graceful_shutdown",
    "disconnect",
    "terminate",
    "teardown",
    "hang_up",
    "quit",
];

/// `if timeout(..).await.is_err() { return .. }`, or the `let` that stands for it.
fn after_if(branch: &crate::ir::If) -> bool {
    if wants_failure(&branch.cond) {
        control::block_leaves(&branch.then)
    } else {
        branch.otherwise.as_ref().is_some_and(control::leaves)
    }
}

fn wants_failure(cond: &Expr) -> bool {
    cond.any(&mut |e| match &e.kind {
        Kind::Let(pat, _) => is_failure(pat),
        Kind::Method(m) => matches!(m.name.as_str(), "is_err" | "is_none"),
        _ => false,
    })
}

/// Whether the value of the statement leaves the function, now or by the name that it is bound to.
fn is_returned(block: &Block, position: usize, place: &Place<'_, '_>) -> bool {
    use crate::ir::Stmt;
    match &block.stmts[position] {
        Stmt::Expr(_, discards) => {
            !discards && position + 1 == block.stmts.len() && place.enclosing_loop().is_none()
        }
        Stmt::Let(binding) => {
            if binding.otherwise.as_ref().is_some_and(control::leaves) {
                return true;
            }
            let rest = &block.stmts[position + 1..];
            is_given_up_by(&binding.pat, |test| rest.iter().any(|stmt| stmt.any(test)))
        }
    }
}

/// Whether what follows leaves on the failure that `pat` has bound.
fn is_given_up_by(
    pat: &crate::ir::Pat,
    follows: impl FnOnce(&mut dyn FnMut(&Expr) -> bool) -> bool,
) -> bool {
    let crate::ir::Pat::Bind(name) = pat else {
        return false;
    };
    follows(&mut |e| match &e.kind {
        Kind::Try(inner) => inner.mentions(name),
        Kind::Match(scrutinee, arms) if scrutinee.mentions(name) => {
            let mut failed = arms.iter().filter(|arm| is_failure(&arm.pat)).peekable();
            failed.peek().is_some() && failed.all(|arm| control::leaves(&arm.body))
        }
        Kind::If(branch) if branch.cond.mentions(name) => after_if(branch),
        Kind::Method(m) => {
            matches!(m.name.as_str(), "unwrap" | "expect") && m.receiver.mentions(name)
        }
        Kind::Return(Some(value)) => value.mentions(name),
        _ => false,
    })
}

fn is_failure(pat: &crate::ir::Pat) -> bool {
    use crate::ir::Pat;
    match pat {
        Pat::TupleStruct(path, inner) => match path.last().map(String::as_str) {
            Some("Err") => true,
            Some("Ok") => inner.iter().any(|pat| *pat != Pat::Wild && is_failure(pat)),
            _ => false,
        },
        Pat::Or(all) => all.iter().any(is_failure),
        Pat::Wild => true,
        _ => false,
    }
}

/// In a loop, or named in what follows.
fn is_used_again(resource: &str, place: &Place<'_, '_>) -> bool {
    let Some(local) = place.scope.get(resource) else {
        return false;
    };
    if let Some(l) = place.enclosing_loop() {
        // What stands in the head of a loop is evaluated in each turn.
        let in_head = matches!(&l.head, Head::While(cond) if place.around.iter().any(|around| matches!(around, Around::Expr(e) if e.span == cond.span)));
        if resource == "self" || local.loops < place.scope.loops + usize::from(in_head) {
            return true;
        }
    }
    let named = place
        .rest()
        .iter()
        .any(|rest| rest.iter().any(|stmt| stmt.mentions(resource)));
    // A borrowed connection goes back to the caller, who does not learn that it was cut.
    named && resource != "self" || is_lent(resource, place)
}

/// Whether the function has only borrowed the resource from its caller.
pub(super) fn is_lent(resource: &str, place: &Place<'_, '_>) -> bool {
    let function = &place.cx.entry.function;
    let mut params = function.params.iter();
    params.any(|param| param.is_lent && param.pat.names().contains(&resource))
        || resource == "self" && function.borrows_self
}
