//! Where a task is started.

use crate::{
    follow::Component,
    infer::Ty,
    ir::{Expr, Kind, Method, Stmt, TypeRef},
    known::{self, Spawns},
    walk::{Around, Place},
};

/// The start of a task.
#[derive(Clone, Debug)]
pub(crate) struct Start<'a> {
    pub(crate) how: Spawns,
    /// As it is called in messages.
    pub(crate) name: String,
    /// The future that becomes the task.
    pub(crate) future: Option<&'a Expr>,
    /// It is a function of the audited crates that starts the task and hands out its handle.
    pub(crate) through: bool,
}

/// The task that `e` starts, if it is a call that starts one and gives its handle, if there is one, to the caller.
pub(crate) fn of<'a>(e: &'a Expr, place: &Place<'a, '_>) -> Option<Start<'a>> {
    match &e.kind {
        Kind::Call(callee, args) => {
            let Kind::Path(path) = &callee.kind else {
                return None;
            };
            let resolved = place.cx.resolve(path);
            if let Some(how) = known::spawner(&resolved) {
                return Some(Start {
                    how,
                    name: path.join("::"),
                    future: args.first(),
                    through: false,
                });
            }
            if is_spawn_of_another_crate(&resolved, args, place) {
                return Some(Start {
                    how: Spawns::Detaches,
                    name: path.join("::"),
                    future: args.first(),
                    through: false,
                });
            }
            let callee = place.cx.callee(path)?;
            let returned = place.cx.returned(callee);
            through(place, callee, &returned, path.join("::"), args)
        }
        Kind::Method(m) => of_method(m, place),
        Kind::Path(path) if is_mapped(e, place) => Some(Start {
            how: known::spawner(&place.cx.resolve(path))?,
            name: path.join("::"),
            future: None,
            through: false,
        }),
        // Of an async function, the call alone has not started anything.
        Kind::Await(call) => {
            let (name, args) = named(call)?;
            let callee = place.callee(call)?;
            match place.cx.returned(callee) {
                Ty::Future(output) => through(place, callee, &output, name, args),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `.map(tokio::spawn)`: what calls the function has each handle.
fn is_mapped(e: &Expr, place: &Place<'_, '_>) -> bool {
    let Some(Around::Expr(outer)) = place.around.last() else {
        return false;
    };
    match &outer.kind {
        Kind::Method(m) => m.name == "map" && m.args.iter().any(|arg| arg.span == e.span),
        _ => false,
    }
}

fn of_method<'a>(m: &'a Method, place: &Place<'a, '_>) -> Option<Start<'a>> {
    let receiver = place.infer(&m.receiver);
    let ty = receiver.deref();
    if let Some(callee) = place.cx.method_of(ty, &m.name) {
        let returned = place.cx.returned(callee);
        return through(place, callee, &returned, m.name.clone(), &m.args);
    }
    let starts = matches!(
        m.name.as_str(),
        "spawn" | "spawn_local" | "spawn_blocking" | "spawn_ok" | "spawn_obj" | "spawn_pinned"
    );
    if !starts || known::tracks(ty.path()) {
        return None;
    }
    let how = match m.name.as_str() {
        "spawn_blocking" if known::spawning_type(ty.path()).is_some() || is_runtime(m) => {
            Spawns::Blocking
        }
        _ => known::spawning_type(ty.path()).or_else(|| by_name(m, ty))?,
    };
    Some(Start {
        how,
        name: format!("{}.{}", name_of(&m.receiver), m.name),
        future: m.args.first(),
        through: false,
    })
}

/// The tasks that `e` starts, if it is a call of the audited crates' own function that gives their handles in a tuple, or the await of
/// one; and which parts of the tuple these are.
pub(crate) fn in_tuple<'a>(
    e: &'a Expr,
    place: &Place<'a, '_>,
) -> Option<(Start<'a>, Vec<Component>)> {
    let call = match &e.kind {
        Kind::Await(inner) => inner,
        _ => e,
    };
    let (name, args) = named(call)?;
    let callee = place.callee(call)?;
    // Of an async function, the call alone has not started anything.
    let returned = match (place.cx.returned(callee), &e.kind) {
        (Ty::Future(output), Kind::Await(_)) => *output,
        (Ty::Future(_), _) | (_, Kind::Await(_)) => return None,
        (returned, _) => returned,
    };
    let Ty::Tuple(parts) = returned.inner() else {
        return None;
    };
    let of = parts.len();
    let handles = parts.iter().enumerate().filter(|(_, ty)| ty.holds_handle());
    let handles: Vec<_> = handles
        .map(|(position, _)| Component { position, of })
        .collect();
    let start = started_by(place, callee, name, args, Spawns::Detaches);
    (!handles.is_empty()).then_some((start, handles))
}

/// What a call calls, as messages name it, and its arguments.
fn named(call: &Expr) -> Option<(String, &Vec<Expr>)> {
    match &call.kind {
        Kind::Call(callee, args) => match &callee.kind {
            Kind::Path(path) => Some((path.join("::"), args)),
            _ => None,
        },
        Kind::Method(m) => Some((m.name.clone(), &m.args)),
        _ => None,
    }
}

/// A function whose result is the handle of a task, or has it if there is one.
fn through<'a>(
    place: &Place<'a, '_>,
    callee: usize,
    returned: &Ty,
    name: String,
    args: &'a [Expr],
) -> Option<Start<'a>> {
    let ty = returned.inner();
    let how = if known::is_cancelling_handle(ty.path()) {
        Spawns::Cancels
    } else if known::is_detaching_handle(ty.path()) {
        Spawns::Detaches
    } else {
        return None;
    };
    // What may have no handle to give may also be asked for the handle of a task that runs since long.
    let body = &place.cx.index.functions[callee].function.body;
    let may_start = || body.any(&mut |e| name_of(e).starts_with("spawn"));
    (ty == *returned || may_start()).then(|| started_by(place, callee, name, args, how))
}

/// What a function starts, which may be given the future for it.
fn started_by<'a>(
    place: &Place<'a, '_>,
    callee: usize,
    name: String,
    args: &'a [Expr],
    how: Spawns,
) -> Start<'a> {
    let entry = &place.cx.index.functions[callee];
    let takes_future = |ty: &TypeRef| {
        let TypeRef::Path(path, _) = ty else {
            return false;
        };
        let bound = entry
            .function
            .bounds
            .iter()
            .find(|(name, _)| path.len() == 1 && *name == path[0]);
        let of_bound = bound.and_then(|(_, bound)| match bound {
            TypeRef::Path(path, _) => path.last(),
            _ => None,
        });
        let last = of_bound.or(path.last());
        last.is_some_and(|last| {
            last.ends_with("Future") || last.starts_with("Fn") || last.starts_with("AsyncFn")
        })
    };
    let position = entry
        .function
        .params
        .iter()
        .position(|param| takes_future(&param.ty));
    Start {
        how,
        name,
        future: position.and_then(|position| args.get(position)),
        through: position.is_none(),
    }
}

/// `task::spawn` of a crate that is not known: those that have a module of that name pass on what tokio or async-std has in it.
fn is_spawn_of_another_crate(resolved: &str, args: &[Expr], place: &Place<'_, '_>) -> bool {
    let path: Vec<&str> = resolved.split("::").collect();
    let [krate, "task", "spawn"] = path.as_slice() else {
        return false;
    };
    let is_future = |e: &Expr| match &e.kind {
        Kind::Async(_) | Kind::Call(..) | Kind::Method(_) => true,
        Kind::Block(block) => matches!(block.stmts.last(), Some(Stmt::Expr(..))),
        _ => false,
    };
    !place.cx.index.crates.contains(*krate)
        && !matches!(*krate, "crate" | "self" | "super")
        && matches!(args, [future] if is_future(future))
}

/// A receiver of unknown type that is called like a runtime, or one of a type that is not known but for its name.
fn by_name(m: &Method, ty: &Ty) -> Option<Spawns> {
    let is_async = matches!(
        m.args.as_slice(),
        [Expr {
            kind: Kind::Async(_) | Kind::Call(..) | Kind::Method(_),
            ..
        }]
    );
    if ty.is_known() {
        let is_start = is_async && m.name == "spawn" && ty.last() == "Runtime";
        return is_start.then_some(Spawns::Somehow);
    }
    if m.name == "spawn_ok" && m.args.len() == 1 {
        return Some(Spawns::NoHandle);
    }
    (is_async && m.name == "spawn" && is_runtime(m)).then_some(Spawns::Detaches)
}

/// Whether the receiver is called like a runtime or its handle.
fn is_runtime(m: &Method) -> bool {
    let name = name_of(&m.receiver).to_lowercase();
    let known = [
        "rt",
        "runtime",
        "tokio_handle",
        "runtime_handle",
        "rt_handle",
    ];
    known
        .iter()
        .any(|known| name == *known || name.ends_with(&format!("_{known}")))
}

/// The last name of a chain of fields and methods.
pub(crate) fn name_of(e: &Expr) -> String {
    match &e.peeled().kind {
        Kind::Path(path) => path.last().cloned().unwrap_or_default(),
        Kind::Field(_, name) => name.clone(),
        Kind::Method(m) => m.name.clone(),
        Kind::Call(callee, _) => name_of(callee),
        Kind::Await(inner) | Kind::Try(inner) => name_of(inner),
        _ => String::new(),
    }
}
