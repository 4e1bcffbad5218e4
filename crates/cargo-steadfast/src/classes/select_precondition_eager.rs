//! `, if ..` that comes too late.

use super::{Class, Finding};
use crate::{
    ir::{Expr, Flavour, Kind},
    known, spawns,
    walk::Place,
};

pub(super) const EXPLANATION: &str = "\
`tokio::select!` evaluates the expression of every branch, also of one whose `if` is false: it only does not poll it. An
`unwrap` of the very option that the `if` asks about panics, and a call that takes, sends or starts something does so.

Instead: make the expression lazy or harmless.

    job = async { job.as_mut().unwrap().await }, if job.is_some() => ..      // evaluated when it is polled
    job = OptionFuture::from(job.as_mut()), if job.is_some() => ..

With steadfast, make the arm of `merge!` a flow that is empty.";

const INSTEAD: &str = "move the expression into an `async` block, which is evaluated when it is polled, or use a form that does nothing when there is nothing (`OptionFuture`)";

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, out: &mut Vec<Finding>) {
    let Kind::Select(select) = &e.kind else {
        return;
    };
    if select.flavour != Flavour::Tokio {
        return;
    }
    for arm in &select.arms {
        let Some(cond) = &arm.cond else {
            continue;
        };
        let Some((at, what)) = eager(&arm.future, cond, place) else {
            continue;
        };
        let message = format!("this is evaluated even if `if` is false: it {what}");
        let finding = place.finding(
            Class::SelectPreconditionEager,
            arm.future.span,
            message,
            INSTEAD,
        );
        let finding = finding.label(at.span, what);
        out.push(finding.label(
            cond.span,
            "a false condition keeps the branch from being polled, not from being evaluated",
        ));
    }
}

/// The part that panics or acts when the branch is only evaluated.
fn eager<'e>(e: &'e Expr, cond: &Expr, place: &Place<'_, '_>) -> Option<(&'e Expr, &'static str)> {
    let found = match &e.kind {
        Kind::Async(_) | Kind::Closure(_) => return None,
        Kind::Method(m) => match m.name.as_str() {
            "unwrap" | "expect" if m.args.len() <= 1 && !is_infallible(&m.receiver) => {
                Some("panics")
            }
            "take" | "pop" | "pop_front" | "pop_back" | "try_recv"
                if m.args.is_empty() && m.name != "take" =>
            {
                Some("takes a value out")
            }
            "take" if m.args.is_empty() => Some("takes the value out, and drops it"),
            "fetch_add" | "fetch_sub" | "push" | "insert" | "push_back" => Some("changes state"),
            "spawn" | "spawn_local" | "spawn_blocking" => Some("starts a task"),
            _ => None,
        },
        Kind::Index(base, index) if relates(base, cond) || relates(index, cond) => {
            Some("panics if there is no such element")
        }
        Kind::Call(callee, _) => match &callee.kind {
            Kind::Path(path) if known::spawner(&place.cx.resolve(path)).is_some() => {
                Some("starts a task")
            }
            _ => None,
        },
        Kind::Macro(path, _)
            if path
                .last()
                .is_some_and(|p| matches!(p.as_str(), "panic" | "unreachable")) =>
        {
            Some("panics")
        }
        Kind::Block(_) => None,
        _ => None,
    };
    if let Some(what) = found {
        return Some((e, what));
    }
    let mut inner = None;
    e.parts(&mut |part| {
        if let (None, crate::ir::Part::Expr(part)) = (inner, part) {
            inner = eager(part, cond, place);
        }
    });
    inner
}

/// A lock fails only if a holder panicked, and parsing a literal does not fail at all.
fn is_infallible(receiver: &Expr) -> bool {
    match &receiver.kind {
        Kind::Method(m) => matches!(
            m.name.as_str(),
            "lock" | "read" | "write" | "try_into" | "parse"
        ),
        Kind::Call(callee, _) => {
            let name = spawns::name_of(callee);
            matches!(name.as_str(), "new" | "signal" | "try_from" | "ctrl_c")
        }
        _ => false,
    }
}

/// Whether both speak of the same variable or field.
fn relates(a: &Expr, cond: &Expr) -> bool {
    a.any(&mut |e| match &e.kind {
        Kind::Path(path) if path.len() == 1 && path[0] != "self" => cond.mentions(&path[0]),
        Kind::Field(_, name) => {
            cond.any(&mut |c| matches!(&c.kind, Kind::Field(_, other) if other == name))
        }
        _ => false,
    })
}
