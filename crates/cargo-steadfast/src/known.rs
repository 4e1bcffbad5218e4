//! Items of other crates that the audit knows by their path, and the one path of those that have several.

/// Paths under which the same thing is found, and the one that the audit uses.
const ALIASES: &[(&str, &str)] = &[
    ("tokio::task::spawn", "tokio::spawn"),
    ("tokio::task::spawn::spawn", "tokio::spawn"),
    ("async_std::spawn", "async_std::task::spawn"),
    ("smol::Task", "async_task::Task"),
    ("async_executor::Task", "async_task::Task"),
    ("async_global_executor::Task", "async_task::Task"),
    ("smol::Executor", "async_executor::Executor"),
    ("smol::LocalExecutor", "async_executor::LocalExecutor"),
    (
        "tokio_util::task::task_tracker::TaskTracker",
        "tokio_util::task::TaskTracker",
    ),
];

/// Prefixes under which the same names are found.
const PREFIXES: &[(&str, &str)] = &[
    ("futures_util::", "futures::"),
    ("futures_core::", "futures::"),
    ("futures_channel::", "futures::channel::"),
    ("futures_io::", "futures::io::"),
    ("futures_lite::", "futures::"),
    ("async_std::sync::", "async_lock::"),
    ("smol::lock::", "async_lock::"),
    ("smol::channel::", "async_channel::"),
    ("async_std::channel::", "async_channel::"),
    ("tokio::runtime::handle::", "tokio::runtime::"),
    ("tokio::task::join_set::", "tokio::task::"),
    ("tokio::macros::support::", "tokio::"),
];

/// Crates that pass another one on whole, whatever they change of it.
const PASSED_ON: &[(&str, &str)] = &[
    ("steadfast_compat_tokio", "tokio"),
    ("madsim_tokio", "tokio"),
];

/// Names that a glob may bring in.
const ITEMS: &[&str] = &[
    "tokio::spawn",
    "tokio::select",
    "tokio::pin",
    "tokio::join",
    "tokio::try_join",
    "tokio::task::JoinHandle",
    "tokio::task::JoinSet",
    "tokio::task::AbortHandle",
    "tokio::task::LocalSet",
    "tokio::task::spawn_blocking",
    "tokio::task::spawn_local",
    "tokio::time::sleep",
    "tokio::time::sleep_until",
    "tokio::time::timeout",
    "tokio::time::timeout_at",
    "tokio::time::interval",
    "tokio::time::Instant",
    "tokio::sync::Mutex",
    "tokio::sync::RwLock",
    "tokio::sync::Semaphore",
    "tokio::sync::Notify",
    "tokio::sync::mpsc",
    "tokio::sync::oneshot",
    "tokio::sync::watch",
    "tokio::sync::broadcast",
    "tokio::runtime::Handle",
    "tokio::runtime::Runtime",
    "async_std::task",
    "async_std::task::spawn",
    "async_std::task::sleep",
    "async_std::task::JoinHandle",
    "smol::spawn",
    "smol::Timer",
    "futures::stream::FuturesUnordered",
    "futures::stream::FuturesOrdered",
    "futures::future::join_all",
    "futures::future::try_join_all",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "parking_lot::Mutex",
    "parking_lot::RwLock",
];

pub(crate) fn canonical(path: &str) -> String {
    let mut path = path.to_owned();
    for (from, to) in PREFIXES {
        if let Some(rest) = path.strip_prefix(from) {
            path = format!("{to}{rest}");
        }
    }
    let alias = ALIASES.iter().find(|(from, _)| *from == path);
    alias.map_or(path, |(_, to)| (*to).to_owned())
}

/// The crate whose names are found under the name of this one.
pub(crate) fn passed_on(krate: &str) -> &str {
    let whole = PASSED_ON.iter().find(|(name, _)| *name == krate);
    whole.map_or(krate, |(_, whole)| whole)
}

/// Whether this is an item that the audit knows, or a module with one.
pub(crate) fn is_item(path: &str) -> bool {
    ITEMS.iter().any(|item| {
        item.strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}

/// How a function starts a task, and what becomes of the task when its handle is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spawns {
    /// The task goes on: tokio, async-std.
    Detaches,
    /// The task ends: smol.
    Cancels,
    /// Not an async task: it goes on, whatever is done with its handle.
    Blocking,
    /// There is no handle.
    NoHandle,
    /// It is not known. Where the handle is discarded at once the task goes on, or it would not have been started.
    Somehow,
}

/// Free functions that start a task, by canonical path.
pub(crate) fn spawner(path: &str) -> Option<Spawns> {
    Some(match path {
        "tokio::spawn"
        | "tokio::task::spawn_local"
        | "async_std::task::spawn"
        | "async_std::task::spawn_local"
        | "actix_rt::spawn"
        | "actix_web::rt::spawn"
        | "actix::spawn"
        | "actix::prelude::spawn"
        | "ntex::rt::spawn"
        | "tokio_uring::spawn"
        | "monoio::spawn"
        | "tauri::async_runtime::spawn"
        | "rocket::tokio::spawn" => Spawns::Detaches,
        "smol::spawn"
        | "async_global_executor::spawn"
        | "async_global_executor::spawn_local"
        | "compio::runtime::spawn"
        | "compio_runtime::spawn"
        | "glommio::spawn_local" => Spawns::Cancels,
        "tokio::task::spawn_blocking" | "async_std::task::spawn_blocking" => Spawns::Blocking,
        _ => return None,
    })
}

/// Types with a `spawn` that starts a task, by canonical path.
pub(crate) fn spawning_type(path: &str) -> Option<Spawns> {
    Some(match path {
        "tokio::runtime::Handle"
        | "tokio::runtime::Runtime"
        | "tokio::task::Builder"
        | "actix_rt::Arbiter"
        | "actix_rt::ArbiterHandle"
        | "async_std::task::Builder"
        | "tokio_util::task::LocalPoolHandle" => Spawns::Detaches,
        "async_executor::Executor" | "async_executor::LocalExecutor" => Spawns::Cancels,
        "futures::executor::ThreadPool" => Spawns::NoHandle,
        _ => return None,
    })
}

/// Sets and trackers: a task that is spawned into one is known to whoever waits for it.
pub(crate) fn tracks(path: &str) -> bool {
    let last = path.rsplit("::").next().unwrap_or(path);
    matches!(
        last,
        "JoinSet"
            | "JoinMap"
            | "JoinQueue"
            | "TaskTracker"
            | "LocalSet"
            | "TaskGroup"
            | "TaskManager"
            | "TaskSpawner"
            | "Nursery"
            | "Scope"
            | "FuturesUnordered"
            | "WaitGroup"
    )
}

/// Handles whose drop leaves the task running.
pub(crate) fn is_detaching_handle(path: &str) -> bool {
    matches!(
        path,
        // Without its import in sight, a prelude has brought it in.
        "JoinHandle"
            | "tokio::task::JoinHandle"
            | "tokio::task::join::JoinHandle"
            | "async_std::task::JoinHandle"
            | "actix_rt::task::JoinHandle"
            | "actix_web::rt::task::JoinHandle"
            | "tokio_uring::task::JoinHandle"
    )
}

pub(crate) fn is_cancelling_handle(path: &str) -> bool {
    matches!(path, "async_task::Task" | "async_task::FallibleTask")
}

/// Pointers and wrappers that stand for what they hold.
pub(crate) fn is_transparent(path: &str) -> bool {
    let last = path.rsplit("::").next().unwrap_or(path);
    matches!(
        last,
        "Box"
            | "Arc"
            | "Rc"
            | "Pin"
            | "Ref"
            | "RefMut"
            | "CachePadded"
            | "ManuallyDrop"
            | "State"
            | "Data"
            | "Lazy"
            | "LazyLock"
    )
}
