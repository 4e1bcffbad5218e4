//! A branch of `select!` that loses more than the race.

use super::{
    Class, Finding,
    poll_cancel::is_lent,
    timer_reset_in_loop::{ENDS, says},
};
use crate::{
    cancel_safe::Effect,
    control,
    facts::{Facts, LOSES_BUFFER},
    ir::{Expr, Head, Kind, Select, SelectArm, Stmt},
    spawns::name_of,
    taken,
    waits::{self, Wait},
    walk::{Around, Place},
};

pub(super) const EXPLANATION: &str = "\
When another branch wins, the future of this one is dropped at whatever await it stands at: bytes that were read and not yet
handed over, a message that was taken from a queue, the rest of a frame that is half written. What it worked on is still
there and is used again, in a state that nobody chose.

Instead: do not let a branch be cut.

    merge! {                                    // steadfast: no arm is cut by another one
        frame in repeated(|| read_frame(&mut conn)) => { .. }
        command in commands => { .. }
    }

With tokio alone: pin the future outside of the loop and poll it by `&mut`, or move it into a task and select on a channel, or
use the cancel safe form (`read_buf`, `write_all_buf`, `reserve().await` then `send`).";

const INSTEAD: &str = "use `merge!` of steadfast, which cuts no arm; or make the future outside of the loop and poll it by `&mut`; or use the cancel safe form";

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, facts: &Facts, out: &mut Vec<Finding>) {
    let Kind::Select(select) = &e.kind else {
        return;
    };
    for (position, arm) in select.arms.iter().enumerate() {
        let future = made_in_turn(select, position, place).unwrap_or(&arm.future);
        let Some((what, resource)) = loss(future, place, facts) else {
            continue;
        };
        if !is_used_again(select, position, resource.as_deref(), place) {
            continue;
        }
        let message = format!("this branch may be dropped half-way: {what}");
        let mut finding = place.finding(Class::SelectLoopCancel, arm.future.span, message, INSTEAD);
        if let Some(other) = staying(select, position) {
            finding = finding.label(other.future.span, "when this branch wins, the use goes on");
        }
        out.push(finding);
    }
}

/// How the future was made that the branch at `position` names, if this turn made it and nothing polls it after the race.
fn made_in_turn<'a>(select: &Select, position: usize, place: &Place<'a, '_>) -> Option<&'a Expr> {
    let name = select.arms[position].future.peeled().as_variable()?;
    place.enclosing_loop()?;
    let mut others = select.arms.iter().enumerate();
    let is_polled_on = others.any(|(i, arm)| i != position && arm.body.mentions(name))
        || place
            .rest_of_turn()
            .into_iter()
            .flatten()
            .any(|stmt| stmt.mentions(name));
    if is_polled_on {
        return None;
    }
    let mut limit = place.scope.locals.len();
    loop {
        let (at, local) = place.scope.before(limit, name)?;
        if local.loops < place.scope.loops {
            return None;
        }
        let init = local.init?;
        let pinned = match &init.kind {
            Kind::Macro(_, args) => args.first()?,
            Kind::Call(callee, args) if name_of(callee) == "pin" => args.first()?,
            _ => return Some(init),
        };
        if pinned.as_variable() != Some(name) {
            return Some(pinned);
        }
        limit = at;
    }
}

/// What is lost when this future is dropped, and the variable through which it reaches what stays.
pub(super) fn loss<'a>(
    future: &'a Expr,
    place: &Place<'a, '_>,
    facts: &Facts,
) -> Option<(String, Option<String>)> {
    match &future.kind {
        // By reference: it is polled on in the next turn.
        Kind::Ref(_) | Kind::Path(_) => None,
        Kind::Async(block) => {
            let waits = waits::all(&place.cx, place.scope, block);
            let outside = |name: &str| place.scope.get(name).is_some();
            let emptied = || waits.iter().find_map(|wait| emptied_in_turn(wait, place));
            let taken = || taken::lost(block, &outside);
            let what = facts
                .loss(&waits, &outside)
                .or_else(emptied)
                .or_else(taken)?;
            let root = waits
                .iter()
                .find_map(|wait| wait.root.clone().filter(|root| outside(root)));
            Some((what, root))
        }
        Kind::Method(m) if matches!(m.name.as_str(), "fuse" | "boxed" | "map" | "instrument") => {
            loss(&m.receiver, place, facts)
        }
        _ => {
            let wait = waits::of(&place.cx, place.scope, future);
            if let Some(what) = wait.loses {
                return Some((
                    format!("{} is not cancel safe, {what}", wait.name),
                    wait.root,
                ));
            }
            if let Some(what) = emptied_in_turn(&wait, place) {
                return Some((what, wait.root));
            }
            let what = facts.of[wait.callee?].loses.clone()?;
            let root = wait
                .root
                .clone()
                .filter(|root| place.scope.get(root).is_some());
            root.as_ref()?;
            Some((format!("in {}, {what}", wait.name), root))
        }
    }
}

/// What is lost if the buffer of this wait is new or emptied in each turn of the loop around, also in one in which it was not full.
fn emptied_in_turn(wait: &Wait, place: &Place<'_, '_>) -> Option<String> {
    let into = wait
        .into
        .as_deref()
        .filter(|_| wait.effect == Effect::Appends)?;
    place.enclosing_loop()?;
    let empties = |stmt: &Stmt| waits::emptied(stmt).is_some_and(|place| place == into);
    let goes_on = |stmt: &Stmt| stmt.any(&mut |e| matches!(e.kind, Kind::Continue(_)));
    let in_turn =
        place.around.iter().rev().take_while(
            |around| !matches!(around, Around::Expr(e) if matches!(e.kind, Kind::Loop(_))),
        );
    let mut blocks = in_turn.filter_map(|around| match around {
        Around::Stmt(block, position) => Some(block.stmts.split_at(*position)),
        _ => None,
    });
    let mut in_body = false;
    let emptied = blocks.any(|(before, after)| {
        in_body = true;
        // What goes on with the next turn does not come to what is after it.
        let mut after = after.iter().take_while(|stmt| !goes_on(stmt));
        before.iter().any(empties) || after.any(empties)
    });
    let local = place.scope.get(into);
    let made = in_body
        && local.is_some_and(|local| {
            local.loops >= place.scope.loops && local.init.is_some_and(waits::is_new)
        });
    (made || emptied).then(|| format!("{}{LOSES_BUFFER}", wait.name))
}

/// Whether what the branch at `position` works on is used after it has lost.
fn is_used_again(
    select: &Select,
    position: usize,
    resource: Option<&str>,
    place: &Place<'_, '_>,
) -> bool {
    let others = || {
        select
            .arms
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != position)
    };
    if others().next().is_none() && select.otherwise.is_empty() {
        return false;
    }
    if place.enclosing_loop().is_some() {
        let stays = |body: &Expr| !control::leaves(body) && !is_last_turn(body, resource, place);
        return others().any(|(_, arm)| stays(&arm.body)) && !is_made_in_turn(resource, place);
    }
    let Some(resource) = resource else {
        return false;
    };
    let mut staying = others().filter(|(_, arm)| !control::leaves(&arm.body));
    // What is borrowed goes back to the caller, who asks again unless this was the end.
    if is_lent(resource, place) {
        return staying.any(|(_, arm)| {
            let gives_up = gives_up(&arm.body) && !says_nothing_yet(arm);
            !gives_up && !says(&arm.future, ENDS)
        });
    }
    if resource == "self" {
        // Whatever follows uses another part of it, as far as can be told.
        return false;
    }
    staying.any(|(_, arm)| {
        arm.body.mentions(resource)
            || place
                .rest()
                .iter()
                .any(|rest| rest.iter().any(|stmt| stmt.mentions(resource)))
    })
}

/// `_ = sleep(limit) => Ok(None)`
fn says_nothing_yet(arm: &SelectArm) -> bool {
    let is_ok = matches!(&arm.body.kind, Kind::Call(callee, _) if name_of(callee) == "Ok");
    is_ok && name_of(&arm.future).starts_with("sleep")
}

/// Whether the value of the handler says that there is nothing to come: `Err(..)`, `None`.
fn gives_up(body: &Expr) -> bool {
    match &body.kind {
        Kind::Block(block) => {
            matches!(block.stmts.last(), Some(Stmt::Expr(tail, false)) if gives_up(tail))
        }
        Kind::Call(callee, args) => match name_of(callee).as_str() {
            "Err" => true,
            "Ok" | "Some" => args.iter().any(gives_up),
            _ => false,
        },
        Kind::Path(path) => path.last().is_some_and(|last| last == "None"),
        _ => false,
    }
}

/// Whether the handler makes this turn the last one in which the resource is used: it makes the loop's condition false, or goes on with
/// a loop further out, in which the resource is made anew.
fn is_last_turn(body: &Expr, resource: Option<&str>, place: &Place<'_, '_>) -> bool {
    let last = match &body.kind {
        Kind::Block(block) => match block.stmts.last() {
            Some(Stmt::Expr(last, _)) => last,
            _ => return false,
        },
        _ => body,
    };
    match &last.kind {
        Kind::Assign(target, value) => {
            let Some(Head::While(cond)) = place.enclosing_loop().map(|l| &l.head) else {
                return false;
            };
            let ends = match &cond.kind {
                Kind::Unary(_) => "true",
                _ => "false",
            };
            let is_cond = !name_of(target).is_empty() && name_of(target) == name_of(cond);
            is_cond && matches!(&value.kind, Kind::Lit(text) if text == ends)
        }
        Kind::Continue(Some(label)) => {
            let local = resource.and_then(|name| place.scope.get(name));
            let outside = loops_outside(label, place);
            local.is_some_and(|local| local.name != "self" && local.loops > outside)
        }
        _ => false,
    }
}

/// How many loops of the same body are around the one of this label.
fn loops_outside(label: &str, place: &Place<'_, '_>) -> usize {
    let inside = place.around.iter().rev().filter_map(|around| match around {
        Around::Expr(e) => match &e.kind {
            Kind::Loop(l) => Some(l),
            _ => None,
        },
        _ => None,
    });
    let inside = inside.take_while(|l| l.label.as_deref() != Some(label));
    place.scope.loops.saturating_sub(inside.count() + 1)
}

/// Whether the resource is declared inside of the loop, and so new in each turn.
fn is_made_in_turn(resource: Option<&str>, place: &Place<'_, '_>) -> bool {
    let local = resource.and_then(|name| place.scope.get(name));
    local.is_some_and(|local| local.loops >= place.scope.loops && local.name != "self")
}

fn staying(select: &Select, position: usize) -> Option<&SelectArm> {
    let mut others = select
        .arms
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != position);
    others
        .find(|(_, arm)| !control::leaves(&arm.body))
        .map(|(_, arm)| arm)
}
