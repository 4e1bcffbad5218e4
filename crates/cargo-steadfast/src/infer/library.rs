//! What the libraries that everybody uses give.

use super::{ASYNC_GUARD, BLOCKING_GUARD, Ty};
use crate::{ir::Method, known::Spawns};

pub(super) fn handle_of(spawner: &str, spawns: Spawns, output: Ty) -> Ty {
    let path = match spawns {
        Spawns::Detaches if spawner.starts_with("async_std") => "async_std::task::JoinHandle",
        Spawns::Detaches => "tokio::task::JoinHandle",
        Spawns::Cancels => "async_task::Task",
        Spawns::Blocking => "handle of blocking work",
        Spawns::NoHandle => return Ty::Tuple(Vec::new()),
        Spawns::Somehow => return Ty::Unknown,
    };
    Ty::named(path, vec![output])
}

pub(super) fn channel(module: &str, constructor: &str) -> Ty {
    let unbounded = if constructor.starts_with("unbounded") && module.ends_with("mpsc") {
        "Unbounded"
    } else {
        ""
    };
    Ty::Tuple(vec![
        Ty::Named(format!("{module}::{unbounded}Sender"), Vec::new()),
        Ty::Named(format!("{module}::{unbounded}Receiver"), Vec::new()),
    ])
}

pub(super) fn is_constructor(name: &str) -> bool {
    [
        "new",
        "default",
        "with_",
        "from",
        "const_new",
        "build",
        "connect",
        "open",
        "create",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

/// A guard that is named by its type.
pub(super) fn of_guard(path: &str, args: Vec<Ty>) -> Ty {
    let last = path.rsplit("::").next().unwrap_or(path);
    let is_guard =
        last.ends_with("MutexGuard") || last.contains("RwLock") && last.ends_with("Guard");
    if !is_guard {
        return Ty::Named(path.to_owned(), args);
    }
    let is_async = path.starts_with("tokio")
        || path.starts_with("async_lock")
        || path.starts_with("futures")
        || last.starts_with("Owned");
    Ty::named(
        if is_async {
            ASYNC_GUARD
        } else {
            BLOCKING_GUARD
        },
        args,
    )
}

/// Taking a lock, by the type of the receiver.
pub(super) fn locking(receiver: &Ty, m: &Method) -> Option<Ty> {
    let inner = receiver.deref();
    let takes = matches!(
        (inner.last(), m.name.as_str()),
        (
            "Mutex" | "FairMutex" | "ReentrantMutex",
            "lock" | "lock_owned" | "lock_arc"
        ) | (
            "RwLock",
            "read" | "write" | "read_owned" | "write_owned" | "upgradable_read"
        ) | ("RwLock", "read_arc" | "write_arc")
    );
    if !takes || !m.args.is_empty() {
        return None;
    }
    let content = vec![inner.arg(0)];
    let path = inner.path();
    Some(
        if path.starts_with("tokio::")
            || path.starts_with("async_lock")
            || path.starts_with("futures")
        {
            Ty::Future(Box::new(Ty::named(ASYNC_GUARD, content)))
        } else if path.starts_with("std::") {
            Ty::named("Result", vec![Ty::named(BLOCKING_GUARD, content)])
        } else if path.starts_with("parking_lot") || path.starts_with("spin") {
            Ty::named(BLOCKING_GUARD, content)
        } else {
            return None;
        },
    )
}
