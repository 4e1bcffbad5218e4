//! Futures in a buffer that only its consumer polls.

use super::{Class, Finding};
use crate::{
    infer::{Context, Ty},
    ir::{Block, Expr, Head, Kind, Loop, Method, Select, SelectArm, Span, Stmt, TypeRef},
    known::{self, is_detaching_handle},
    spawns,
    walk::Place,
};

pub(super) const EXPLANATION: &str = "\
Futures in `buffered`, `buffer_unordered` or `FuturesUnordered` run only while the buffer itself is polled. While the loop body
or handler awaits something, none of them moves: timeouts fire late, servers close idle connections, and a body that waits for a
lock or permit that one of them holds waits for ever.

Instead: let the work go on meanwhile.

    for_await!(page in pages.concurrent(8) => { store(page).await? });   // steadfast: work in progress keeps moving

Otherwise: spawn each future as a task and buffer the handles, make the body synchronous, or put its awaits into the buffered
futures (`for_each_concurrent`).";

const INSTEAD: &str = "consume it with `for_await!` over `concurrent(n)` of steadfast; or buffer the handles of spawned tasks; or move the await into the buffered futures";

const BUFFERS: &[&str] = &[
    "buffered",
    "buffer_unordered",
    "try_buffered",
    "try_buffer_unordered",
];

const TYPES: &[&str] = &[
    "FuturesUnordered",
    "FuturesOrdered",
    "BufferUnordered",
    "Buffered",
    "TryBufferUnordered",
    "TryBuffered",
    "FuturesUnorderedBounded",
    "FuturesOrderedBounded",
];

const NEXT: &[&str] = &["next", "try_next", "select_next_some", "peek"];

/// No binding is left out of the search.
const ALL: usize = usize::MAX;

/// Consumers that run an async closure for each item, one at a time.
const ONE_BY_ONE: &[&str] = &[
    "for_each",
    "try_for_each",
    "then",
    "and_then",
    "fold",
    "try_fold",
    "filter_map",
    "try_filter_map",
];

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, out: &mut Vec<Finding>) {
    let found = match &e.kind {
        Kind::Loop(l) => of_loop(e, l, place),
        Kind::Method(m) if ONE_BY_ONE.contains(&m.name.as_str()) => of_chain(m, place),
        Kind::Select(select) if place.enclosing_loop().is_some() => of_select(select, place),
        _ => None,
    };
    let Some((at, buffer, awaits)) = found else {
        return;
    };
    let message = format!("the futures in {buffer} are not polled while this consumer awaits");
    let finding = place.finding(Class::BufferedStarvation, at, message, INSTEAD);
    out.push(finding.label(awaits, "here they wait"));
}

/// Where it is consumed, what the buffer is called, and where the consumer awaits.
type Found = Option<(Span, String, Span)>;

fn of_loop<'a>(e: &'a Expr, l: &'a Loop, place: &Place<'a, '_>) -> Found {
    of_consumer(e, l, place).or_else(|| of_producer(l, place))
}

/// A loop that takes something out of the buffer only to make room.
fn of_producer<'a>(l: &'a Loop, place: &Place<'a, '_>) -> Found {
    let makes_room = |stmt: &'a Stmt| match stmt {
        Stmt::Expr(e, _) => match &e.kind {
            Kind::If(branch) if branch.otherwise.is_none() => {
                let mut stmts = branch.then.stmts.iter();
                let next = stmts.find_map(|stmt| match stmt {
                    Stmt::Expr(e, _) => awaited_next(e, place),
                    Stmt::Let(binding) => awaited_next(binding.init.as_ref()?, place),
                });
                next.map(|next| (e.span, next))
            }
            _ => None,
        },
        Stmt::Let(_) => None,
    };
    let (room, (next, buffer)) = l.body.stmts.iter().find_map(makes_room)?;
    // It may be polled there.
    if l.body.any(&mut |e| matches!(e.kind, Kind::Select(_))) {
        return None;
    }
    let in_head = match &l.head {
        Head::While(cond) if awaited_next(cond, place).is_some() => return None,
        Head::While(cond) => await_in(cond, None),
        Head::Loop | Head::For(..) => None,
    };
    let mut others = l.body.stmts.iter().filter(|stmt| stmt.span() != room);
    let awaits = in_head.or_else(|| {
        others.find_map(|stmt| match stmt {
            Stmt::Expr(e, _) => await_in(e, None),
            Stmt::Let(binding) => await_in(binding.init.as_ref()?, None),
        })
    });
    Some((next, buffer, awaits?))
}

fn of_consumer<'a>(e: &'a Expr, l: &'a Loop, place: &Place<'a, '_>) -> Found {
    match &l.head {
        Head::While(cond) => {
            let (next, buffer) = awaited_next(cond, place)?;
            let awaits = first_await(&l.body, None)?;
            let at = Span {
                end_line: next.end_line,
                end_column: next.end_column,
                ..e.span
            };
            Some((at, buffer, awaits))
        }
        Head::Loop => {
            let mut found = None;
            for stmt in &l.body.stmts {
                let value = match stmt {
                    Stmt::Let(binding) => binding.init.as_ref(),
                    Stmt::Expr(e, _) => Some(e),
                };
                let head = value.map(|value| match &value.kind {
                    Kind::Match(scrutinee, _) => scrutinee,
                    _ => value,
                });
                found = found.or_else(|| {
                    head.filter(|head| {
                        !matches!(
                            head.kind,
                            Kind::Select(_) | Kind::Loop(_) | Kind::If(_) | Kind::Block(_)
                        )
                    })
                    .and_then(|head| awaited_next(head, place))
                });
            }
            let (next, buffer) = found?;
            Some((next, buffer, first_await(&l.body, Some(next))?))
        }
        Head::For(..) => None,
    }
}

/// `buffer.next().await`, somewhere in `e`.
fn awaited_next<'a>(e: &'a Expr, place: &Place<'a, '_>) -> Option<(Span, String)> {
    let mut found = None;
    e.any(&mut |e| {
        if let Kind::Await(inner) = &e.kind {
            if let Kind::Method(m) = &inner.kind {
                if NEXT.contains(&m.name.as_str()) && m.args.is_empty() {
                    found = found
                        .take()
                        .or_else(|| Some((e.span, buffer(&m.receiver, place, ALL)?)));
                }
            }
        }
        found.is_some()
    });
    found
}

fn of_chain<'a>(m: &'a Method, place: &Place<'a, '_>) -> Found {
    let buffer = buffer(&m.receiver, place, ALL)?;
    let closure = m.args.iter().find_map(|arg| match &arg.kind {
        Kind::Closure(closure) => Some(closure),
        _ => None,
    })?;
    Some((m.name_span, buffer, waits_within(&closure.body, place)?))
}

/// Where the future waits that a closure gives: at an await of its own, or as a whole, if it is that of a call.
fn waits_within(body: &Expr, place: &Place<'_, '_>) -> Option<Span> {
    let mut awaits = None;
    body.any(&mut |e| {
        if let (None, Kind::Await(_)) = (awaits, &e.kind) {
            awaits = Some(e.span);
        }
        awaits.is_some()
    });
    awaits.or_else(|| match &body.kind {
        Kind::Block(block) => match block.stmts.last()? {
            Stmt::Expr(tail, false) => waits_within(tail, place),
            _ => None,
        },
        Kind::Method(m) if matches!(m.name.as_str(), "boxed" | "map" | "map_ok" | "map_err") => {
            waits_within(&m.receiver, place)
        }
        Kind::Call(callee, args) => match spawns::name_of(callee).as_str() {
            "ready" | "ok" | "err" | "lazy" => None,
            "pin" => waits_within(args.first()?, place),
            _ => of_call(body, place),
        },
        Kind::Method(_) => of_call(body, place),
        _ => None,
    })
}

/// A call that gives a future, unless the function is here to be read and awaits nothing.
fn of_call(call: &Expr, place: &Place<'_, '_>) -> Option<Span> {
    let waits = place.callee(call).is_none_or(|id| {
        let function = &place.cx.index.functions[id].function;
        !function.is_async || function.body.any(&mut |e| matches!(e.kind, Kind::Await(_)))
    });
    waits.then_some(call.span)
}

fn of_select<'a>(select: &'a Select, place: &Place<'a, '_>) -> Found {
    let (arm, buffer) = select.arms.iter().find_map(|arm| {
        let buffer = raced(arm, place)?;
        Some((arm, buffer))
    })?;
    let mut awaits = None;
    for handler in &select.arms {
        if awaits.is_none() && !crate::control::leaves(&handler.body) {
            awaits = await_in(&handler.body, None);
        }
    }
    Some((arm.future.span, buffer, awaits?))
}

/// The buffer of which an arm takes the next item, itself or by a future that was made before.
fn raced(arm: &SelectArm, place: &Place<'_, '_>) -> Option<String> {
    let next = |e: &Expr| match &e.kind {
        Kind::Method(m) if NEXT.contains(&m.name.as_str()) && m.args.is_empty() => {
            buffer(&m.receiver, place, ALL)
        }
        _ => None,
    };
    let mut future = arm.future.peeled();
    while let Kind::Method(m) = &future.kind {
        if m.name != "fuse" {
            return next(future);
        }
        future = m.receiver.peeled();
    }
    // Pinned by a macro, it is a variable made of one of the same name.
    let (mut limit, mut name) = (place.scope.locals.len(), future.as_variable()?);
    loop {
        let (position, local) = place.scope.before(limit, name)?;
        let init = local.init?;
        let pinned = match &init.kind {
            Kind::Macro(_, args) => args.first().and_then(Expr::as_variable),
            _ => init.as_variable(),
        };
        let Some(pinned) = pinned else {
            let mut found = None;
            init.any(&mut |e| {
                found = found.take().or_else(|| next(e));
                found.is_some()
            });
            return found;
        };
        (limit, name) = (position, pinned);
    }
}

/// What the buffer is called, if the expression is one whose futures are polled only through it.
fn buffer(e: &Expr, place: &Place<'_, '_>, limit: usize) -> Option<String> {
    let limit = limit.min(place.scope.locals.len());
    if let Some(made) = returned(e, place) {
        return made;
    }
    match &e.kind {
        Kind::Method(m) if BUFFERS.contains(&m.name.as_str()) => {
            let spawned = spawns_each(&m.receiver, place, limit);
            (!spawned).then(|| format!("`{}`", m.name))
        }
        Kind::Method(m)
            if matches!(
                m.name.as_str(),
                // What these give is a future, or what it gave.
                "collect"
                    | "try_collect"
                    | "for_each"
                    | "for_each_concurrent"
                    | "try_for_each"
                    | "try_for_each_concurrent"
                    | "fold"
                    | "try_fold"
                    | "concat"
                    | "try_concat"
                    | "count"
                    | "next"
                    | "try_next"
                    | "into_inner"
                    | "get"
                    | "lock"
            ) =>
        {
            None
        }
        Kind::Method(m) => buffer(&m.receiver, place, limit).or_else(|| of_type(e, place)),
        Kind::Ref(inner) | Kind::Unary(inner) => buffer(inner, place, limit),
        Kind::Macro(_, args) => buffer(args.first()?, place, limit),
        Kind::Call(_, args) => match args.as_slice() {
            [arg] => buffer(arg, place, limit),
            _ => None,
        },
        Kind::Await(inner) | Kind::Try(inner) => {
            let made = match &inner.kind {
                Kind::Await(call) => returned(call, place),
                _ => returned(inner, place),
            };
            made.unwrap_or_else(|| of_type(e, place))
        }
        Kind::Path(path) if path.len() == 1 => {
            let (position, local) = place.scope.before(limit, &path[0])?;
            match local.init {
                // How the buffer was made says more than its type.
                Some(init) if local.ty.last().contains("Buffer") => buffer(init, place, position),
                Some(init) if !TYPES.contains(&local.ty.last()) => {
                    buffer(init, place, position).or_else(|| of_type(e, place))
                }
                _ => of_type(e, place),
            }
        }
        _ => of_type(e, place),
    }
}

/// What the buffer is called that a function of the audited crates makes and returns; nothing within, if that is no buffer.
fn returned(call: &Expr, place: &Place<'_, '_>) -> Option<Option<String>> {
    let id = place.callee(call)?;
    let cx = Context::new(place.cx.index, id);
    let function = &cx.entry.function;
    let Some(Stmt::Expr(tail, false)) = function.body.stmts.last() else {
        return None;
    };
    let starts = |e: &Expr| e.any(&mut |e| spawns::name_of(e).contains("spawn"));
    let called = |what: &str| format!("`{what}` of `{}`", function.name);
    let (what, holds_tasks) = match made(tail, &function.body)? {
        Made::By(m) => (called(&m.name), starts(&m.receiver)),
        Made::Set(ty) => {
            let set = cx.lower(&function.output).inner();
            let holds_tasks = set.deref().arg(0).holds_handle()
                || function
                    .body
                    .any(&mut |e| spawns::name_of(e).contains("spawn"));
            (called(&ty), holds_tasks)
        }
    };
    Some((!holds_tasks).then_some(what))
}

/// How a function makes the buffer that it returns.
enum Made<'a> {
    By(&'a Method),
    Set(String),
}

fn made<'a>(tail: &'a Expr, body: &'a Block) -> Option<Made<'a>> {
    let mut tail = tail;
    // A variable stands for its value, and that may be named again.
    for _ in 0..8 {
        tail = match &tail.kind {
            Kind::Method(m) if BUFFERS.contains(&m.name.as_str()) => return Some(Made::By(m)),
            // What is gathered, or runs one by one, is a buffer no more.
            Kind::Method(m) if matches!(m.name.as_str(), "boxed" | "boxed_local" | "fuse") => {
                &m.receiver
            }
            Kind::Method(m) if m.name == "collect" => {
                let TypeRef::Path(path, _) = m.turbofish.first()? else {
                    return None;
                };
                return path.last().filter(|ty| is_set(ty)).cloned().map(Made::Set);
            }
            Kind::Call(callee, args) => match &callee.kind {
                Kind::Path(path) => {
                    if let Some(ty) = path.iter().rev().nth(1).filter(|ty| is_set(ty)) {
                        return Some(Made::Set(ty.clone()));
                    }
                    match path.last().map(String::as_str) {
                        Some("pin" | "Ok" | "Some") => args.first()?,
                        _ => return None,
                    }
                }
                _ => return None,
            },
            Kind::Path(path) if path.len() == 1 => {
                let mut value = None;
                crate::bindings::each(body, &mut |pat, init| {
                    if pat.names() == [path[0].as_str()] {
                        value = init;
                    }
                });
                value?
            }
            _ => return None,
        };
    }
    None
}

fn is_set(ty: &str) -> bool {
    TYPES.contains(&ty) && ty.starts_with("Futures")
}

fn of_type(e: &Expr, place: &Place<'_, '_>) -> Option<String> {
    let ty = place.infer(e);
    let ty = ty.deref();
    if !TYPES.contains(&ty.last()) || ty.arg(0).holds_handle() {
        return None;
    }
    let name = spawns::name_of(e);
    let holds_tasks = place
        .cx
        .entry
        .function
        .body
        .any(&mut |pushed| match &pushed.kind {
            Kind::Method(m)
                if m.name.starts_with("push") && spawns::name_of(&m.receiver) == name =>
            {
                m.args
                    .iter()
                    .any(|arg| is_task(arg, place) || is_made_task(arg, place))
            }
            Kind::Call(callee, args) if spawns::name_of(callee) == "from_iter" => {
                args.iter().any(|arg| spawns_each(arg, place, ALL))
            }
            Kind::Method(m) if m.name == "collect" => spawns_each(&m.receiver, place, ALL),
            _ => false,
        });
    (!holds_tasks).then(|| format!("the `{}`", ty.last()))
}

/// Whether the expression is the handle of a task, which runs by itself.
fn is_task(e: &Expr, place: &Place<'_, '_>) -> bool {
    let ty: Ty = place.infer(e);
    is_detaching_handle(ty.path())
        || e.any(&mut |e| match &e.kind {
            Kind::Call(callee, _) => match &callee.kind {
                Kind::Path(path) => {
                    path.last().is_some_and(|last| last.starts_with("spawn"))
                        || known::spawner(&place.cx.resolve(path)).is_some()
                }
                _ => false,
            },
            Kind::Method(m) => m.name.starts_with("spawn"),
            _ => false,
        })
}

/// A variable that some `let` of the function binds to a task.
fn is_made_task(e: &Expr, place: &Place<'_, '_>) -> bool {
    let Some(name) = e.as_variable() else {
        return false;
    };
    let mut found = false;
    crate::bindings::each(&place.cx.entry.function.body, &mut |pat, init| {
        found = found || pat.names() == [name] && init.is_some_and(|init| is_task(init, place));
    });
    found
}

/// `.map(|item| tokio::spawn(..))` in the chain.
fn spawns_each(e: &Expr, place: &Place<'_, '_>, limit: usize) -> bool {
    match &e.kind {
        Kind::Method(m) => {
            m.args.iter().any(|arg| spawns_one(arg, place))
                || spawns_each(&m.receiver, place, limit)
        }
        Kind::Path(path) if path.len() == 1 => {
            let Some((position, local)) = place
                .scope
                .before(limit.min(place.scope.locals.len()), &path[0])
            else {
                return false;
            };
            local.init.is_some_and(|init| {
                matches!(init.kind, Kind::Method(_)) && spawns_each(init, place, position)
            })
        }
        _ => false,
    }
}

fn spawns_one(called: &Expr, place: &Place<'_, '_>) -> bool {
    match &called.kind {
        Kind::Closure(closure) => is_task(&closure.body, place),
        Kind::Path(path) => known::spawner(&place.cx.resolve(path)).is_some(),
        _ => false,
    }
}

/// The first await of a body itself, other than `except`.
fn first_await(block: &Block, except: Option<Span>) -> Option<Span> {
    block.find_own(&mut |e| awaits(e, except)).map(|e| e.span)
}

fn await_in(e: &Expr, except: Option<Span>) -> Option<Span> {
    e.find_own(&mut |e| awaits(e, except)).map(|e| e.span)
}

fn awaits(e: &Expr, except: Option<Span>) -> bool {
    let awaits = matches!(e.kind, Kind::Await(_) | Kind::Select(_) | Kind::Join(..));
    awaits && Some(e.span) != except
}
