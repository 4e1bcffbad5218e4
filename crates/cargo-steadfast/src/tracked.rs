//! Whether the owner of a task waits for something that the task holds: a gate, a tracker's token, the sender of a channel.

use crate::{
    infer::Ty,
    ir::{Expr, Kind},
    known,
    spawns::Start,
    walk::Place,
};

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
        .any(|name| is_waited_for(name, place))
}

fn is_gate_like(receiver: &Expr, place: &Place<'_, '_>) -> bool {
    let ty = place.infer(receiver);
    if ty.is_known() && !matches!(ty.deref().last(), "Gate" | "Drain") {
        return known::tracks(ty.deref().path()) || is_gate(ty.deref());
    }
    let name = crate::spawns::name_of(receiver);
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

/// Whether `name` is one end of something whose other end this function awaits, or hands to its caller.
fn is_waited_for(name: &str, place: &Place<'_, '_>) -> bool {
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
    names
        .iter()
        .any(|name| partner(name, place).is_some_and(|other| is_drained(&other, place)))
}

/// The receiver that was made together with the sender `name`.
fn partner(name: &str, place: &Place<'_, '_>) -> Option<String> {
    let mut found = None;
    crate::bindings::each(&place.cx.entry.function.body, &mut |pat, init| {
        let names = pat.names();
        let is_channel = init.is_some_and(|init| {
            init.any(&mut |e| {
                let name = crate::spawns::name_of(e);
                matches!(e.kind, Kind::Call(..))
                    && [
                        "channel",
                        "unbounded",
                        "bounded",
                        "unbounded_channel",
                        "oneshot",
                        "pair",
                        "split",
                        "duplex",
                    ]
                    .contains(&name.as_str())
            })
        });
        if let ([sender, receiver], true) = (names.as_slice(), is_channel) {
            if *sender == name {
                found = Some((*receiver).to_owned());
            }
        }
    });
    found
}

/// Whether the function awaits `receiver` outside of the tasks that it starts, or hands it on to its caller.
pub(crate) fn is_drained(receiver: &str, place: &Place<'_, '_>) -> bool {
    let body = &place.cx.entry.function.body;
    let mut drained = false;
    body.any(&mut |e| {
        drained = drained
            || match &e.kind {
                Kind::Await(inner) | Kind::Return(Some(inner)) => inner.mentions(receiver),
                Kind::Select(select) => select.arms.iter().any(|arm| arm.future.mentions(receiver)),
                Kind::Method(m) => {
                    m.name.starts_with("blocking_recv") && m.receiver.mentions(receiver)
                }
                _ => false,
            };
        drained
    });
    drained
        || body.stmts.last().is_some_and(
            |stmt| matches!(stmt, crate::ir::Stmt::Expr(tail, false) if tail.mentions(receiver)),
        )
}
