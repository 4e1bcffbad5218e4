//! hyper's executor and timer, and the spawner of `futures-util`, on a nursery.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::task::{Spawn, SpawnExt};
use hyper::rt::{Executor, Timer};
use steadfast::tokio::TokioRuntime;
use steadfast::{NurseryError, nursery, try_nursery};
use steadfast_hyper::{NurseryExecutor, NurseryTimer};

struct OnDrop(Arc<AtomicUsize>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn runtime() -> TokioRuntime {
    TokioRuntime::current_thread().unwrap()
}

#[test]
fn the_nursery_waits_for_what_hyper_spawns_and_ends_what_it_spawns_in_the_background() {
    let (ended, dropped) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    steadfast::block_on(&runtime(), async {
        nursery(async |n| {
            let ends = ended.clone();
            NurseryExecutor::new(&n).execute(async move {
                steadfast::yield_now().await;
                ends.fetch_add(1, SeqCst);
            });
            let guard = OnDrop(dropped.clone());
            NurseryExecutor::background(&n).execute(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            assert_eq!(n.len(), 2);
        })
        .await;
        assert_eq!((ended.load(SeqCst), dropped.load(SeqCst)), (1, 1));
    });
}

#[test]
fn a_panic_of_what_hyper_spawns_is_its_own_and_in_the_background_the_nursery_s() {
    steadfast::block_on(&runtime(), async {
        nursery(async |n| NurseryExecutor::new(&n).execute(async { panic!("its own") })).await;
        let failed: Result<(), NurseryError<()>> = steadfast::Nursery::builder()
            .collect_panics()
            .try_run(async |n| {
                NurseryExecutor::background(&n).execute(async { panic!("the nursery's") });
                steadfast::cancelled().await;
                Ok(())
            })
            .await;
        assert!(failed.unwrap_err().primary().panic().is_some());
    });
}

#[test]
fn what_is_spawned_after_the_end_is_dropped_and_reported_as_lost() {
    let (dropped, reports) = <(Arc<AtomicUsize>, Arc<Mutex<Vec<String>>>)>::default();
    let heard = reports.clone();
    steadfast::set_report_hook(move |report| heard.lock().unwrap().push(report.to_string()));
    steadfast::block_on(&runtime(), async {
        let executor = nursery(async |n| NurseryExecutor::new(&n)).await;
        let guard = OnDrop(dropped.clone());
        executor.execute(async move { drop(guard) });
        assert!(executor.status().unwrap_err().is_shutdown());
        assert!(executor.spawn(async {}).unwrap_err().is_shutdown());
    });
    steadfast::take_report_hook();
    assert_eq!(dropped.load(SeqCst), 1);
    let reports = reports.lock().unwrap();
    assert!(
        reports.iter().any(|report| report.contains("closed")),
        "{reports:?}"
    );
}

#[test]
fn futures_util_spawns_children() {
    steadfast::block_on(&runtime(), async {
        let value = try_nursery(async |n: steadfast::Nursery<&str>| {
            let spawner = NurseryExecutor::new(&n);
            let handle = spawner.spawn_with_handle(async { 7 }).unwrap();
            spawner.spawn(async {}).unwrap();
            assert_eq!(n.len(), 2);
            Ok(handle.await)
        });
        assert_eq!(value.await.unwrap(), 7);
    });
}

#[test]
fn a_sleep_of_hyper_honours_a_paused_clock_and_never_ends_beyond_it() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    steadfast::block_on(&TokioRuntime::from(runtime), async {
        let timer = NurseryTimer::here().unwrap();
        let before = timer.now();
        // Hours of this clock, each counted from where it stands, and hardly a moment of ours.
        for hours in 1..=2 {
            timer.sleep(Duration::from_secs(3600)).await;
            assert!(timer.now() - before >= hours * Duration::from_secs(3600));
        }
        let never = futures_util::future::poll_immediate(timer.sleep(Duration::MAX));
        assert_eq!(never.await, None);
    });
    assert!(NurseryTimer::here().is_err());
}
