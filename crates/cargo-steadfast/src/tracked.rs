//! Whether the owner of a task waits for something that the task holds: a gate, a tracker's token, a permit, an end of a channel.

mod channel;

use crate::{
    infer::Ty,
    ir::{Expr, Kind},
    known,
    spawns::{Start, name_of},
    walk::Place,
};

pub(crate) use self::channel::is_drained;

/// Types whose last value's end somebody waits for.
const GATES: &[&str] = &[
    "WaitGroup",
    "TaskTrackerToken",
    "TaskTracker",
    "WaitGroupWorker",
    "ShutdownComplete",
    "TaskGuard",
    "AliveGuard",
];

/// Methods that make the task, or its future, known to a tracker.
const TRACKING: &[&str] = &[
    "track_future",
    "token",
    "watch",
    "watch_future",
    "watch_conn",
    "enter",
    "guard",
    "track",
];

pub(crate) fn is_known_to_owner(start: &Start<'_>, place: &Place<'_, '_>) -> bool {
    let Some(future) = start.future else {
        return false;
    };
    let tracks = |e: &Expr| matches!(&e.kind, Kind::Method(m) if TRACKING.contains(&m.name.as_str()) && is_gate_like(&m.receiver, place));
    if future.any(&mut |e| tracks(e)) {
        return true;
    }
    captured(future, place)
        .iter()
        .any(|name| is_waited_for(name, future, place))
}

fn is_gate_like(receiver: &Expr, place: &Place<'_, '_>) -> bool {
    let ty = place.infer(receiver);
    if ty.is_known() && !matches!(ty.deref().last(), "Gate" | "Drain") {
        return known::tracks(ty.deref().path()) || is_gate(ty.deref());
    }
    let name = name_of(receiver);
    [
        "tracker",
        "drain",
        "graceful",
        "gate",
        "shutdown",
        "wait_group",
        "wg",
    ]
    .iter()
    .any(|gate| name.contains(gate))
}

/// Names of values that somebody waits to see dropped.
fn is_called_gate(name: &str) -> bool {
    let gates = ["shutdown_complete", "wait_group", "notify_on_drop"];
    gates
        .iter()
        .any(|gate| name.trim_start_matches('_').starts_with(gate))
}

fn is_gate(ty: &Ty) -> bool {
    GATES.contains(&ty.last())
}

/// The names from outside that are used inside of a future.
fn captured(future: &Expr, place: &Place<'_, '_>) -> Vec<String> {
    let mut names = Vec::new();
    future.any(&mut |e| {
        if let Kind::Path(path) = &e.kind {
            if path.len() == 1 && place.scope.get(&path[0]).is_some() {
                names.push(path[0].clone());
            }
        }
        false
    });
    names.sort();
    names.dedup();
    names
}

/// Whether somebody waits for the end of `name`, which the task holds.
fn is_waited_for(name: &str, future: &Expr, place: &Place<'_, '_>) -> bool {
    let Some(local) = place.scope.get(name) else {
        return false;
    };
    if is_gate(local.ty.deref()) {
        return true;
    }
    if local.ty.path().starts_with("drain::") {
        return true;
    }
    // A value that was built around the sender stands for it.
    let mut names = vec![name.to_owned()];
    if let Some(init) = local.init {
        init.any(&mut |e| {
            match &e.kind {
                Kind::Path(path) if path.len() == 1 => names.push(path[0].clone()),
                Kind::Field(_, field) => names.push(field.clone()),
                Kind::Struct(_, fields) => {
                    names.extend(fields.iter().map(|(name, _)| name.clone()))
                }
                _ => {}
            }
            false
        });
    }
    if names.iter().any(|name| is_called_gate(name)) {
        return true;
    }
    is_completion(name, local.ty.deref(), future)
        || local.init.is_some_and(|init| is_counted(init, place))
        || names
            .iter()
            .any(|name| channel::is_awaited(name, future, place))
}

/// Whether the task holds a sender for nothing else than to drop it in the end.
fn is_completion(name: &str, ty: &Ty, future: &Expr) -> bool {
    let mut drops = false;
    let mut uses = 0;
    future.any(&mut |e| {
        match &e.kind {
            Kind::Path(path) if path.len() == 1 && path[0] == name => uses += 1,
            Kind::Call(callee, args) if name_of(callee) == "drop" => {
                drops |= args.iter().any(|arg| arg.as_variable() == Some(name));
            }
            _ => {}
        }
        false
    });
    ty.last().ends_with("Sender") && drops && uses == 1
}

/// Whether this takes a permit of a semaphore of which the function waits for many, as it does to wait for all holders.
fn is_counted(init: &Expr, place: &Place<'_, '_>) -> bool {
    let mut semaphore = None;
    init.any(&mut |e| {
        if let Kind::Method(m) = &e.kind {
            if matches!(m.name.as_str(), "acquire_owned" | "acquire_many_owned") {
                semaphore = crate::waits::root(&m.receiver);
            }
        }
        semaphore.is_some()
    });
    let Some(semaphore) = semaphore else {
        return false;
    };
    place.cx.entry.function.body.any(&mut |e| match &e.kind {
        Kind::Await(inner) => inner.any(&mut |e| match &e.kind {
            Kind::Method(m) => {
                m.name.starts_with("acquire_many")
                    && crate::waits::root(&m.receiver).as_ref() == Some(&semaphore)
                    && e.span.starts_after(init.span)
            }
            _ => false,
        }),
        _ => false,
    })
}
