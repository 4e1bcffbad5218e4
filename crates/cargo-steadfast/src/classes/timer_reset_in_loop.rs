//! A deadline that every other event moves.

use super::{Class, Finding};
use crate::{
    cancel_safe::Effect,
    control,
    ir::{Expr, Kind, Pat, Select, Stmt},
    spawns::name_of,
    waits,
    walk::{Around, Place},
};

pub(super) const EXPLANATION: &str = "\
The timer is made anew in each turn of the loop, so each event of another branch starts it from zero. With events more often
than its duration it never fires: no flush, no heartbeat, no overall limit.

Instead: make it once.

    let mut tick = tokio::time::interval(period);          // periodic work: outside of the loop
    loop { select! { _ = tick.tick() => flush(), item = rx.recv() => push(item) } }

    let deadline = Instant::now() + limit;                 // an overall limit: absolute
    loop { select! { _ = sleep_until(deadline) => return Err(TooLate), .. } }

Not reported: a timer that is meant to measure silence, and one that is computed from a deadline.";

const INSTEAD: &str = "make the timer outside of the loop (`interval`, or a pinned `sleep` that is polled by `&mut`), or compute it from a deadline (`sleep_until`)";

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, out: &mut Vec<Finding>) {
    if place.enclosing_loop().is_none() {
        return;
    }
    let Kind::Select(select) = &e.kind else {
        out.extend(of_limit(e, place));
        return;
    };
    for (position, arm) in select.arms.iter().enumerate() {
        let Some(duration) = relative(&arm.future, place) else {
            continue;
        };
        if arm.cond.as_ref().is_some_and(|cond| says(cond, SILENCE)) || !is_fixed(duration, place) {
            continue;
        }
        let Some(other) = resets(select, position, place) else {
            continue;
        };
        if !is_meant_as_deadline(select, position, duration) {
            continue;
        }
        let message = "each event of another branch starts this timer anew".to_owned();
        let finding = place.finding(Class::TimerResetInLoop, arm.future.span, message, INSTEAD);
        out.push(finding.label(select.arms[other].future.span, "this event resets it"));
    }
}

/// A limit of each event, where one is waited for and the others are passed over: with events often enough it never ends.
fn of_limit(e: &Expr, place: &Place<'_, '_>) -> Option<Finding> {
    let Kind::Call(callee, args) = &e.kind else {
        return None;
    };
    let [duration, future] = args.as_slice() else {
        return None;
    };
    let event = waits::of(&place.cx, place.scope, future);
    let is_limit = name_of(callee) == "timeout" && event.effect == Effect::Takes;
    let is_of_silence = says(duration, SILENCE) || names(duration, &measures_liveness);
    if !is_limit || is_of_silence || !is_fixed(duration, place) || !is_search(place) {
        return None;
    }
    let message = "each event starts this limit anew, also one that is passed over".to_owned();
    let finding = place.finding(Class::TimerResetInLoop, e.span, message, INSTEAD);
    Some(finding.label(event.span, "this event resets it"))
}

/// Whether the loop does nothing but wait, pass over what is not wanted, and fail when the time is up.
fn is_search(place: &Place<'_, '_>) -> bool {
    let mut fails_by_itself = false;
    for around in place.around.iter().rev() {
        match around {
            Around::Expr(outer) => match &outer.kind {
                Kind::Await(_) | Kind::Method(_) => {}
                Kind::Try(_) => fails_by_itself = true,
                Kind::Match(_, arms) => {
                    let (failed, came): (Vec<_>, Vec<_>) =
                        arms.iter().partition(|arm| is_error(&arm.pat));
                    return (fails_by_itself || !failed.is_empty())
                        && failed.iter().all(|arm| fails(&arm.body))
                        && came.iter().any(|arm| ends_with_success(&arm.body))
                        && came.iter().any(|arm| !control::leaves(&arm.body))
                        && came
                            .iter()
                            .all(|arm| control::leaves(&arm.body) || passes_over(&arm.body));
                }
                _ => return false,
            },
            Around::Stmt(block, 0) => {
                let Stmt::Let(_) = &block.stmts[0] else {
                    // The match that the loop consists of.
                    continue;
                };
                let rest = &block.stmts[1..];
                return fails_by_itself
                    && rest.iter().any(|stmt| stmt.any(&mut |e| is_success(e)))
                    && rest
                        .iter()
                        .all(|stmt| matches!(stmt, Stmt::Expr(e, _) if passes_over(e)));
            }
            _ => return false,
        }
    }
    false
}

fn is_error(pat: &Pat) -> bool {
    matches!(pat, Pat::TupleStruct(path, _) if path.last().is_some_and(|last| last == "Err"))
}

/// Whether this does nothing with an event, unless it leaves.
fn passes_over(body: &Expr) -> bool {
    match &body.kind {
        Kind::Continue(_) => true,
        Kind::Macro(..) => true,
        Kind::Tuple(parts) => parts.is_empty(),
        Kind::Block(block) => block
            .stmts
            .iter()
            .all(|stmt| matches!(stmt, Stmt::Expr(e, _) if passes_over(e))),
        Kind::If(branch) => {
            control::block_leaves(&branch.then) && branch.otherwise.as_ref().is_none_or(passes_over)
        }
        Kind::Match(_, arms) => arms
            .iter()
            .all(|arm| control::leaves(&arm.body) || passes_over(&arm.body)),
        _ => false,
    }
}

/// The duration of a timer that counts from where it is made.
fn relative<'a>(future: &'a Expr, place: &Place<'a, '_>) -> Option<&'a Expr> {
    match &future.kind {
        Kind::Call(callee, args) => {
            let Kind::Path(path) = &callee.kind else {
                return None;
            };
            let resolved = place.cx.resolve(path);
            let is_timer = [
                "time::sleep",
                "task::sleep",
                "Timer::after",
                "Delay::new",
                "timer::sleep",
                "runtime::sleep",
                "rt::sleep",
            ]
            .iter()
            .any(|end| resolved.ends_with(end));
            if is_timer {
                args.first()
            } else if resolved.ends_with("time::sleep_until") {
                from_now(args.first()?)
            } else if resolved.ends_with("::pin") || resolved.ends_with("FutureExt::fuse") {
                relative(args.first()?, place)
            } else {
                None
            }
        }
        Kind::Method(m) if matches!(m.name.as_str(), "fuse" | "boxed") => {
            relative(&m.receiver, place)
        }
        Kind::Ref(inner) | Kind::Unary(inner) => relative(inner, place),
        Kind::Macro(path, args) if path.last().is_some_and(|last| last == "pin") => {
            relative(args.first()?, place)
        }
        Kind::Path(path) if path.len() == 1 => of_this_turn(&path[0], place),
        Kind::Async(block) => match block.stmts.as_slice() {
            [crate::ir::Stmt::Expr(e, _)] => match &e.kind {
                Kind::Await(inner) => relative(inner, place),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The duration in `Instant::now() + duration`.
fn from_now(until: &Expr) -> Option<&Expr> {
    match &until.kind {
        Kind::Binary("+", now, duration) if name_of(now) == "now" => Some(duration),
        _ => None,
    }
}

/// The duration of a timer that a variable holds, if this turn has made it.
fn of_this_turn<'a>(name: &str, place: &Place<'a, '_>) -> Option<&'a Expr> {
    let mut limit = place.scope.locals.len();
    // Past `pin!(timer)`, which binds the name once more.
    while let Some((position, local)) = place.scope.before(limit, name) {
        if local.loops < place.scope.loops {
            return None;
        }
        let init = local.init?;
        let pins_itself = matches!(&init.kind, Kind::Macro(_, args) if args.first().and_then(Expr::as_variable) == Some(name));
        if !pins_itself {
            return match init.kind {
                Kind::Path(_) => None,
                _ => relative(init, place),
            };
        }
        limit = position;
    }
    None
}

/// Not computed anew from what time it is, nor from how often something was tried.
fn is_fixed(duration: &Expr, place: &Place<'_, '_>) -> bool {
    let computed = |e: &Expr| {
        e.any(&mut |e| match &e.kind {
            Kind::Binary("-", ..) => true,
            Kind::Method(m) => {
                let name = m.name.as_str();
                matches!(name, "sub" | "next")
                    || name.ends_with("_sub")
                    || name.contains("duration_since")
                    || name.contains("until")
                    || COMPUTED.iter().any(|word| name.contains(word))
            }
            // A constant is not computed, whatever it is called.
            Kind::Path(path) => path.last().is_some_and(|last| {
                last.contains(char::is_lowercase)
                    && COMPUTED
                        .iter()
                        .any(|word| last.to_lowercase().contains(word))
            }),
            Kind::Field(_, name) => COMPUTED.iter().any(|word| name.contains(word)),
            Kind::Await(_) => true,
            _ => false,
        })
    };
    if computed(duration) {
        return false;
    }
    let Some(name) = duration.as_variable() else {
        return true;
    };
    let Some(local) = place.scope.get(name) else {
        return true;
    };
    let in_turn = local.loops >= place.scope.loops && place.scope.loops > 0;
    let is_assigned = place.body_any(
        &mut |e| matches!(&e.kind, Kind::Assign(target, _) if target.as_variable() == Some(name)),
    );
    let is_constant = |init: &Expr| matches!(init.kind, Kind::Call(..)) && !computed(init);
    !is_assigned && (!in_turn || local.init.is_some_and(is_constant))
}

const COMPUTED: &[&str] = &[
    "deadline",
    "remaining",
    "backoff",
    "retry_after",
    "retry_at",
    "retry_delay",
    "retry_in",
    "delay_until",
    "next_",
    "elapsed",
    "jitter",
];

/// Words for timers that measure silence.
const SILENCE: &[&str] = &[
    "idle",
    "inactiv",
    "silence",
    "quiet",
    "keepalive",
    "keep_alive",
    "debounce",
    "settle",
    "read_timeout",
    "stall",
    "linger",
    "grace",
];

/// Whether a limit of this name is for a peer that is gone. A timer of the same name may be what sends the heartbeat.
fn measures_liveness(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_word = |word: &str| matches!(word, "heartbeat" | "ping" | "liveness" | "alive");
    name.contains("no_data") || name.split('_').any(is_word)
}

pub(super) fn says(e: &Expr, words: &[&str]) -> bool {
    names(e, &|name| {
        let name = name.to_lowercase();
        words.iter().any(|word| name.contains(word))
    })
}

/// Whether a name in `e`, or a literal, is such a one.
fn names(e: &Expr, is: &dyn Fn(&str) -> bool) -> bool {
    e.any(&mut |e| match &e.kind {
        Kind::Path(path) => path.iter().any(|name| is(name)),
        Kind::Field(_, name) => is(name),
        Kind::Method(m) => is(&m.name),
        Kind::Lit(text) => is(text),
        _ => false,
    })
}

/// Another branch whose events come again and again, and after which the loop turns.
fn resets<'a>(select: &'a Select, position: usize, place: &Place<'a, '_>) -> Option<usize> {
    let mut others = select.arms.iter().enumerate();
    let found = others.find(|(i, arm)| {
        *i != position
            && !control::leaves(&arm.body)
            && relative(&arm.future, place).is_none()
            && !is_of_this_turn(&arm.future, place)
            && !says(&arm.future, ENDS)
    });
    found.map(|(i, _)| i)
}

/// An operation that this turn began: then the timer is its limit.
fn is_of_this_turn(future: &Expr, place: &Place<'_, '_>) -> bool {
    let Some(name) = future.as_variable() else {
        return false;
    };
    let local = place.scope.get(name);
    local.is_some_and(|local| local.loops >= place.scope.loops)
}

/// Words for events that come once, at the end.
pub(super) const ENDS: &[&str] = &[
    "shutdown", "cancel", "stop", "signal", "quit", "exit", "terminat", "ctrl_c", "close",
];

/// Work that is due after the timer goes on in the loop; a limit leaves it, while the other branches wait for one special event.
fn is_meant_as_deadline(select: &Select, position: usize, duration: &Expr) -> bool {
    let arm = &select.arms[position];
    if says(duration, SILENCE) || says(&arm.body, SILENCE) {
        return false;
    }
    if !control::leaves(&arm.body) {
        return does_work(&arm.body);
    }
    let says_limit = says(duration, &["total", "overall", "max_wait", "max_duration"]);
    let waits_for_one = select.arms.iter().enumerate().any(|(i, other)| {
        i != position && !control::leaves(&other.body) && ends_with_success(&other.body)
    });
    says_limit || fails(&arm.body) && waits_for_one
}

/// Whether the handler says that what was waited for has not come.
fn fails(body: &Expr) -> bool {
    body.any(&mut |e| match &e.kind {
        Kind::Macro(path, _) => path
            .last()
            .is_some_and(|last| last == "panic" || last == "bail"),
        Kind::Call(callee, _) => name_of(callee) == "Err",
        Kind::Return(Some(value)) | Kind::Break(_, Some(value)) => is_bool(value, "false"),
        _ => false,
    })
}

/// Whether the handler does what is due, and not merely lets the loop turn.
fn does_work(body: &Expr) -> bool {
    let turns = body.any(&mut |e| matches!(e.kind, Kind::Continue(_)));
    let acts = |e: &Expr| matches!(e.kind, Kind::Method(_) | Kind::Call(..) | Kind::Assign(..));
    !turns && body.any(&mut |e| acts(e))
}

/// `break value`, `return Ok(..)` or the like on some path: the loop has found what it looked for.
fn ends_with_success(body: &Expr) -> bool {
    body.any(&mut |e| is_success(e))
}

fn is_success(e: &Expr) -> bool {
    match &e.kind {
        Kind::Break(_, value) => value.is_some(),
        Kind::Return(Some(value)) => {
            is_bool(value, "true")
                || matches!(&value.kind, Kind::Call(callee, _) if matches!(name_of(callee).as_str(), "Ok" | "Some"))
        }
        _ => false,
    }
}

fn is_bool(e: &Expr, text: &str) -> bool {
    matches!(&e.kind, Kind::Lit(literal) if literal == text)
}
