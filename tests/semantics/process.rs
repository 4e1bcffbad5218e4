//! What the whole process sees: reports, and the count of what was lost.

use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;
use steadfast::{
    AsyncDrop, AsyncDropGuard, Nursery, Owner, Report, Spawn, block_on, lost, nursery,
    set_report_hook,
};
use steadfast_conformance::probe::{Gate, Tally};

use crate::alone;

#[derive(Clone, Default)]
struct Connection {
    closed: Tally,
    dropped: Tally,
}

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {
        self.closed.add();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.dropped.add();
    }
}

/// The texts of all reports from now on.
fn reports() -> Arc<Mutex<Vec<String>>> {
    let texts = Arc::<Mutex<Vec<_>>>::default();
    let kept = Arc::clone(&texts);
    set_report_hook(move |report: &Report| kept.lock().unwrap().push(report.to_string()));
    texts
}

#[test]
fn the_hook_sees_a_guard_that_was_lost() {
    alone("process::the_hook_sees_a_guard_that_was_lost", || {
        let reports = reports();
        let connection = Connection::default();
        let line = line!() + 1;
        drop(AsyncDropGuard::new(connection.clone()));
        assert_eq!(connection.dropped.count(), 1);
        assert_eq!((connection.closed.count(), lost()), (0, 1));
        let reports = reports.lock().unwrap();
        let [text] = reports.as_slice() else {
            panic!("one report: {reports:?}")
        };
        for part in ["Connection", &format!("process.rs:{line}")] {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
    });
}

#[test]
fn a_guard_that_a_thread_drops_under_a_root_is_not_lost() {
    alone(
        "process::a_guard_that_a_thread_drops_under_a_root_is_not_lost",
        || {
            let reports = reports();
            let connection = Connection::default();
            let guard = AsyncDropGuard::new(connection.clone());
            let smol = SmolRuntime::with_threads(1).unwrap();
            block_on(&smol, async {
                std::thread::spawn(|| drop(guard)).join().unwrap();
            });
            assert_eq!((connection.closed.count(), lost()), (1, 0));
            assert_eq!(*reports.lock().unwrap(), [""; 0]);
        },
    );
}

#[test]
fn a_dropped_tokio_loses_what_its_children_guard_and_hangs_nobody() {
    let name = "process::a_dropped_tokio_loses_what_its_children_guard_and_hangs_nobody";
    alone(name, || loses_once(TokioRuntime::multi_thread(2).unwrap()));
}

#[test]
fn a_dropped_smol_loses_what_its_children_guard_and_hangs_nobody() {
    let name = "process::a_dropped_smol_loses_what_its_children_guard_and_hangs_nobody";
    alone(name, || loses_once(SmolRuntime::with_threads(2).unwrap()));
}

/// Drops a runtime while a nursery lives in a task that was spawned on it.
fn loses_once<O: Owner>(owner: O) {
    let reports = reports();
    let (started, connection) = (Gate::new(), Connection::default());
    let (child_started, guarded) = (started.clone(), connection.clone());
    let runtime = owner.handle();
    let task = Nursery::builder().runtime(&runtime).run(async |n| {
        n.spawn(async move {
            let _guard = AsyncDropGuard::new(guarded);
            child_started.open();
            pending::<()>().await;
        });
        pending::<()>().await;
    });
    assert!(runtime.spawn(task).is_ok());
    started.wait_blocking();
    drop(owner);
    assert_eq!(connection.dropped.count(), 1, "the guard is still there");
    let reports = reports.lock().unwrap();
    assert_eq!((connection.closed.count(), lost()), (0, 1), "{reports:#?}");
    assert!(reports.iter().any(|text| text.contains("Connection")));
}

#[test]
fn a_program_whose_every_task_has_an_owner_loses_nothing() {
    alone(
        "process::a_program_whose_every_task_has_an_owner_loses_nothing",
        || {
            let reports = reports();
            let connection = Connection::default();
            let tokio = TokioRuntime::multi_thread(2).unwrap();
            block_on(&tokio, async {
                nursery(async |n| {
                    for _ in 0..10 {
                        let guard = AsyncDropGuard::new(connection.clone());
                        n.spawn(async move { drop(guard) });
                    }
                })
                .await;
                assert_eq!(connection.closed.count(), 10);
            });
            assert_eq!(lost(), 0);
            assert_eq!(*reports.lock().unwrap(), [""; 0]);
        },
    );
}
