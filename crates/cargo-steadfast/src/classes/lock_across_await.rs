//! A guard that lives while its task waits for something else.

use super::{Class, Finding, Severity};
use crate::{
    cancel_safe::For,
    control,
    facts::Facts,
    infer::ASYNC_GUARD,
    ir::{Arm, Block, Expr, Kind, Method, Part, Pat, Span, Stmt},
    spawns::name_of,
    waits::{self, Wait},
    walk::{Around, Place},
};

pub(super) const EXPLANATION: &str = "\
Everybody else who needs the lock waits as long as the slowest peer, the fullest channel or the next lock in the chain, and two
such chains in different order wait for ever. If the future is dropped at the await, the lock is given back with its
invariant broken. A guard of `std` or `parking_lot` blocks the thread of whoever comes next, and with it the runtime.

Instead: hold it for the change alone.

    let job = queue.lock().await.pop();     // the guard ends with the statement
    run(job).await;

Or give the resource to one task and send it requests over a channel.";

const INSTEAD: &str = "end the guard's scope before this await (a block, or `drop`), or give the resource to one task that is sent requests";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    Async,
    Blocking,
    /// `RefCell` or a map's entry: others panic, or block.
    Borrow(&'static str),
}

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(guard) = acquired(e, place) else {
        return;
    };
    let Some(held) = region(e, place) else {
        return;
    };
    let Some(wait) = held.into_iter().find(|wait| matters(wait, guard, facts)) else {
        return;
    };
    let (what, severity) = match guard {
        Guard::Async => ("the guard of this lock", Severity::Warning),
        Guard::Blocking => ("the guard of this blocking lock", Severity::Error),
        Guard::Borrow(what) => (what, Severity::Warning),
    };
    let message = format!("{what} is held while {} is awaited", wait.name);
    let mut finding = place.finding(Class::LockAcrossAwait, e.span, message, INSTEAD);
    finding.severity = finding.severity.max(if finding.is_test {
        Severity::Note
    } else {
        severity
    });
    out.push(finding.label(wait.span, "it is still held here"));
}

/// The guard that `e` itself takes.
fn acquired(e: &Expr, place: &Place<'_, '_>) -> Option<Guard> {
    match &e.kind {
        Kind::Await(inner) => {
            let limited = match &inner.kind {
                Kind::Call(callee, args) if name_of(callee).starts_with("timeout") => {
                    args.last()?
                }
                _ => inner,
            };
            let Kind::Method(m) = &limited.kind else {
                return None;
            };
            is_async_lock(m, place).then_some(Guard::Async)
        }
        Kind::Method(m) if matches!(m.name.as_str(), "unwrap" | "expect" | "unwrap_or_else") => {
            let Kind::Method(lock) = &m.receiver.kind else {
                return None;
            };
            is_blocking_lock(lock, place, true).then_some(Guard::Blocking)
        }
        Kind::Method(m) if races(e, place) => is_async_lock(m, place).then_some(Guard::Async),
        Kind::Method(m) => {
            let is_result = matches!(place.around.last(), Some(Around::Expr(outer)) if matches!(&outer.kind, Kind::Await(_)) || matches!(&outer.kind, Kind::Method(m) if matches!(m.name.as_str(), "unwrap" | "expect" | "unwrap_or_else" | "map" | "ok")));
            if !is_result && is_blocking_lock(m, place, false) {
                return Some(Guard::Blocking);
            }
            tried(m, place).or_else(|| borrowed(m, place))
        }
        _ => None,
    }
}

/// Whether `e` is what an arm of a `select!` awaits.
fn races(e: &Expr, place: &Place<'_, '_>) -> bool {
    matches!(place.around.last(), Some(Around::Raced(arm)) if arm.future.span == e.span)
}

/// The guard that an attempt gives, if it succeeds.
fn tried(m: &Method, place: &Place<'_, '_>) -> Option<Guard> {
    let tries = matches!(
        m.name.as_str(),
        "try_lock" | "try_read" | "try_write" | "try_lock_owned" | "try_lock_arc"
    );
    if !tries || !m.args.is_empty() {
        return None;
    }
    let ty = place.infer(&m.receiver);
    let inner = ty.deref();
    let (krate, _) = inner.path().split_once("::")?;
    match (krate, inner.last()) {
        ("tokio" | "async_lock" | "futures", "Mutex" | "RwLock") => Some(Guard::Async),
        ("std" | "parking_lot" | "spin", "Mutex" | "RwLock") => Some(Guard::Blocking),
        _ => None,
    }
}

fn is_async_lock(m: &Method, place: &Place<'_, '_>) -> bool {
    let ty = place.infer(&m.receiver);
    let inner = ty.deref();
    if let Some(id) = place.cx.method_of(inner, &m.name) {
        return matches!(place.cx.returned(id), crate::infer::Ty::Future(output) if output.path() == ASYNC_GUARD);
    }
    let by_name = match m.name.as_str() {
        "lock" | "lock_owned" | "lock_arc" => !inner.is_known() || inner.last().ends_with("Mutex"),
        "read" | "write" | "read_owned" | "write_owned" | "upgradable_read" => {
            !inner.is_known() || inner.last().ends_with("RwLock")
        }
        _ => false,
    };
    by_name && m.args.is_empty()
}

fn is_blocking_lock(m: &Method, place: &Place<'_, '_>, unwrapped: bool) -> bool {
    if !m.args.is_empty() || !matches!(m.name.as_str(), "lock" | "read" | "write") {
        return false;
    }
    if matches!(name_of(&m.receiver).as_str(), "stdout" | "stdin" | "stderr") {
        return false;
    }
    let ty = place.infer(&m.receiver);
    let inner = ty.deref();
    let path = inner.path();
    if inner.is_known() {
        let is_lock = matches!(
            inner.last(),
            "Mutex" | "RwLock" | "FairMutex" | "ReentrantMutex"
        );
        return is_lock
            && (if unwrapped {
                path.starts_with("std::")
            } else {
                path.starts_with("parking_lot") || path.starts_with("spin")
            });
    }
    unwrapped && m.name == "lock"
}

fn borrowed(m: &Method, place: &Place<'_, '_>) -> Option<Guard> {
    let ty = place.infer(&m.receiver);
    match (ty.deref().last(), m.name.as_str(), m.args.len()) {
        ("RefCell", "borrow" | "borrow_mut", 0) => {
            Some(Guard::Borrow("this borrow of a `RefCell`"))
        }
        // `get(..).map(..)` gives the reference to the closure, which drops it.
        ("DashMap", "get" | "get_mut" | "entry", 1) if is_consumed(place) => None,
        ("DashMap", "get" | "get_mut" | "entry", 1) | ("DashMap", "iter" | "iter_mut", 0) => Some(
            Guard::Borrow("this reference into a `DashMap`, which holds a lock of it,"),
        ),
        _ => None,
    }
}

/// Whether a method takes the value that stands here.
fn is_consumed(place: &Place<'_, '_>) -> bool {
    match place.around.last() {
        Some(Around::Expr(outer)) => match &outer.kind {
            Kind::Method(m) => !matches!(
                m.name.as_str(),
                "unwrap"
                    | "expect"
                    | "or_default"
                    | "or_insert"
                    | "or_insert_with"
                    | "value"
                    | "value_mut"
                    | "key"
            ),
            _ => false,
        },
        _ => false,
    }
}

/// The awaits while the guard that `e` gives is alive.
fn region<'a>(e: &'a Expr, place: &Place<'a, '_>) -> Option<Vec<Wait>> {
    let mut is_value = true;
    let mut inner = e;
    for (position, around) in place.around.iter().enumerate().rev() {
        match around {
            Around::Expr(outer) => match &outer.kind {
                Kind::Try(_) | Kind::Block(_) if is_value => inner = outer,
                Kind::Method(m)
                    if is_value && m.receiver.span == inner.span && is_same_guard(&m.name) =>
                {
                    inner = outer
                }
                Kind::Await(_)
                    if is_value
                        && matches!(e.kind, Kind::Method(_))
                        && outer.span.contains(e.span)
                        && inner.span == e.span =>
                {
                    inner = outer
                }
                Kind::Match(matched, arms)
                    if is_value && matched.span == inner.span && gives_it_on(arms) =>
                {
                    inner = outer;
                }
                // The pattern takes the guard, or what came instead of it.
                Kind::Match(matched, arms)
                    if is_value && matched.span == inner.span && binds_it(arms) =>
                {
                    let arms = arms.iter().filter(|arm| may_have_it(arm, arms));
                    let held = arms.flat_map(|arm| match arm.pat.names().as_slice() {
                        [name] => held_in(name, &arm.body, place),
                        _ => waits::of_expr(&place.cx, place.scope, &arm.body),
                    });
                    return Some(held.collect());
                }
                Kind::Let(pat, matched) if is_value && matched.span == inner.span => {
                    let body = position
                        .checked_sub(1)
                        .and_then(|i| body_of(&place.around[i]));
                    if let (Some(name), Some(body)) = (bound_in(pat), body) {
                        return Some(held(name, &body.stmts, place));
                    }
                    is_value = false;
                    inner = outer;
                }
                Kind::Closure(_) | Kind::Async(_) | Kind::Return(_) | Kind::Break(..) => {
                    return Some(after(e, inner, place));
                }
                // Temporaries of a plain condition end with it.
                Kind::If(branch) if branch.cond.span.contains(e.span) && !has_let(&branch.cond) => {
                    return Some(after(e, &branch.cond, place));
                }
                Kind::Loop(l) => {
                    return match &l.head {
                        crate::ir::Head::While(cond)
                            if cond.span.contains(e.span) && !has_let(cond) =>
                        {
                            Some(after(e, cond, place))
                        }
                        _ => Some(after(e, outer, place)),
                    };
                }
                _ => {
                    is_value = false;
                    inner = outer;
                }
            },
            Around::Arm(arm) => return Some(after(e, &arm.body, place)),
            Around::Raced(arm) if is_value => {
                let (Pat::Bind(name), Kind::Method(_)) = (&arm.pat, &e.kind) else {
                    return None;
                };
                return Some(held_in(name, &arm.body, place));
            }
            Around::Raced(_) => return None,
            Around::Handler(select, position) => {
                return Some(after(e, &select.arms[*position].body, place));
            }
            Around::Stmt(block, position) => {
                return match &block.stmts[*position] {
                    Stmt::Let(binding) => match (&binding.pat, is_value) {
                        (Pat::Bind(name), true) => {
                            Some(held(name, &block.stmts[position + 1..], place))
                        }
                        (Pat::TupleStruct(_, inner), true)
                            if matches!(inner.as_slice(), [Pat::Bind(_)]) =>
                        {
                            let names = binding.pat.names();
                            let name = names.first()?;
                            Some(held(name, &block.stmts[position + 1..], place))
                        }
                        (Pat::Wild, true) => None,
                        _ => binding.init.as_ref().map(|init| after(e, init, place)),
                    },
                    Stmt::Expr(whole, _) => Some(after(e, whole, place)),
                };
            }
        }
    }
    None
}

/// `match .. { Ok(guard) => guard, Err(_) => return .. }`
fn gives_it_on(arms: &[Arm]) -> bool {
    let gives = |arm: &&Arm| {
        let names = arm.pat.names();
        matches!(names.as_slice(), [name] if arm.body.as_variable() == Some(name))
    };
    let (given, others): (Vec<_>, Vec<_>) = arms.iter().partition(gives);
    given.len() == 1 && others.iter().all(|arm| control::leaves(&arm.body))
}

fn binds_it(arms: &[Arm]) -> bool {
    arms.iter().any(|arm| bound_in(&arm.pat).is_some())
}

/// Whether the guard may come to this arm: not to that of an error, and not to `_` beside an arm that always takes it.
fn may_have_it(arm: &Arm, arms: &[Arm]) -> bool {
    let always_takes = |arm: &Arm| arm.guard.is_none() && bound_in(&arm.pat).is_some();
    let is_left = arm.pat == Pat::Wild && arms.iter().any(always_takes);
    !is_left && !waits::is_nothing(&arm.pat)
}

/// The name that a pattern gives to the guard that it takes, or to what is in `Ok(..)` or `Some(..)`.
fn bound_in(pat: &Pat) -> Option<&str> {
    match pat {
        Pat::Bind(name) => Some(name),
        Pat::TupleStruct(_, inner) if !waits::is_nothing(pat) => match inner.as_slice() {
            [inner] => bound_in(inner),
            _ => None,
        },
        _ => None,
    }
}

/// What runs if the `let` of this condition matches.
fn body_of<'a>(around: &Around<'a>) -> Option<&'a Block> {
    let Around::Expr(outer) = around else {
        return None;
    };
    match &outer.kind {
        Kind::If(branch) => Some(&branch.then),
        Kind::Loop(l) => Some(&l.body),
        _ => None,
    }
}

/// Methods of a guard or of its result that give the guard itself.
fn is_same_guard(name: &str) -> bool {
    matches!(
        name,
        "unwrap" | "expect" | "unwrap_or_else" | "map_err" | "context"
    )
}

fn has_let(cond: &Expr) -> bool {
    cond.any(&mut |e| matches!(e.kind, Kind::Let(..)))
}

/// The awaits of `whole` that end after the temporary `e` was made.
fn after<'a>(e: &Expr, whole: &'a Expr, place: &Place<'a, '_>) -> Vec<Wait> {
    let waits = waits::of_expr(&place.cx, place.scope, whole);
    let made = (e.span.end_line, e.span.end_column);
    waits
        .into_iter()
        .filter(|wait| (wait.whole.end_line, wait.whole.end_column) > made && wait.whole != e.span)
        .collect()
}

/// The awaits of what an arm does up to where the guard `name` is dropped or given away.
fn held_in<'a>(name: &str, body: &'a Expr, place: &Place<'a, '_>) -> Vec<Wait> {
    match &body.kind {
        Kind::Block(block) => held(name, &block.stmts, place),
        _ => waits::of_expr(&place.cx, place.scope, body),
    }
}

/// The awaits of the statements up to where the guard `name` is dropped or given away.
fn held<'a>(name: &str, rest: &'a [Stmt], place: &Place<'a, '_>) -> Vec<Wait> {
    let mut gone = Gone {
        name,
        on_the_way_out: Vec::new(),
        end: None,
    };
    gone.stmts(rest, None);
    let waits = waits::of_stmts(&place.cx, place.scope, rest);
    waits
        .into_iter()
        .filter(|wait| gone.end.is_none_or(|end| wait.whole < end))
        .filter(|wait| {
            let mut out = gone.on_the_way_out.iter();
            !out.any(|(block, end)| block.contains(wait.whole) && wait.whole > *end)
        })
        .collect()
}

/// Where the guard of this name is dropped or given away.
struct Gone<'n> {
    name: &'n str,
    /// In these blocks, which return: what comes after them has it still.
    on_the_way_out: Vec<(Span, Span)>,
    /// Everywhere else, the first place.
    end: Option<Span>,
}

impl Gone<'_> {
    fn stmts(&mut self, stmts: &[Stmt], returning: Option<Span>) {
        for stmt in stmts {
            stmt.exprs().for_each(|e| self.expr(e, returning));
        }
    }

    fn expr(&mut self, e: &Expr, returning: Option<Span>) {
        if self.end.is_some() {
            return;
        }
        if let Some(at) = gives_away(e, self.name) {
            match returning {
                Some(block) => self.on_the_way_out.push((block, at)),
                None => self.end = Some(at),
            }
        }
        e.parts(&mut |part| match part {
            Part::Expr(e) => self.expr(e, returning),
            Part::Block(block) => {
                let returning = returns(block).then_some(block.span).or(returning);
                self.stmts(&block.stmts, returning);
            }
        });
    }
}

/// Where `e` itself drops the guard or gives it away.
fn gives_away(e: &Expr, name: &str) -> Option<Span> {
    let moves = |e: &&Expr| e.as_variable() == Some(name) && !matches!(e.kind, Kind::Unary(_));
    let in_task =
        |e: &&Expr| matches!(e.kind, Kind::Async(_) | Kind::Closure(_)) && e.mentions(name);
    let gone = match &e.kind {
        Kind::Call(callee, args) if name_of(callee).starts_with("spawn") => {
            args.iter().find(|arg| moves(arg) || in_task(arg))
        }
        Kind::Call(_, args) => args.iter().find(moves),
        Kind::Method(m) if m.name.starts_with("spawn") => m.args.iter().find(in_task),
        Kind::Return(Some(value)) if value.as_variable() == Some(name) => Some(&**value),
        Kind::Assign(target, _) => Some(&**target).filter(|target| {
            target.as_variable() == Some(name) && matches!(target.kind, Kind::Path(_))
        }),
        Kind::Struct(_, fields) => fields
            .iter()
            .map(|(_, value)| value)
            .find(|value| value.as_variable() == Some(name)),
        _ => None,
    };
    gone.map(|gone| gone.span)
}

/// Whether the block ends with `return`, or fails.
fn returns(block: &Block) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(last, _)) => match &last.kind {
            Kind::Return(_) => true,
            Kind::Macro(..) | Kind::Try(_) => control::leaves(last),
            _ => false,
        },
        _ => false,
    }
}

fn matters(wait: &Wait, guard: Guard, facts: &Facts) -> bool {
    if guard != Guard::Async {
        return true;
    }
    match (wait.waits_for, wait.callee) {
        (Some(For::Io | For::Channel | For::Lock), _) => true,
        (Some(For::Timer | For::Event), _) => wait.loses.is_some(),
        (None, Some(callee)) => {
            facts.of[callee].waits.is_some() || facts.of[callee].loses.is_some()
        }
        (None, None) => wait.is_call,
    }
}
