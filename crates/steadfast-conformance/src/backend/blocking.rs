//! Work that blocks its thread.

use std::thread;

use crate::probe::{Gate, OnDrop, Tally, start};

crate::suite::cases! {
    backend_blocking_tests in backend;

    /// Blocking work runs, from wherever it is spawned.
    #[case("backend/blocking-runs", capability(Blocking), laws = [])]
    fn blocking_runs<S>(fx: &Fixture<S>) {
        let (runtime, ran) = (fx.runtime(), Tally::new());
        let spawn = { let ran = ran.clone(); move || {
            let ran = ran.clone();
            let spawned = runtime.spawn_blocking(move || { ran.add(); });
            spawned.expect("a runtime that is alive must take work");
        } };
        spawn();
        thread::spawn(spawn.clone()).join().unwrap();
        fx.block_on(async {
            spawn();
            start(&fx.runtime(), async move { spawn() }).wait().await.unwrap();
            ran.reached(4).await;
        });
        assert_eq!(ran.count(), 4);
    }

    /// Blocking work leaves the threads that poll tasks alone: tasks run while it blocks as many threads as there are of them.
    #[case("backend/blocking-runs-off-the-async-threads", capability(Blocking), laws = [])]
    fn blocking_runs_off_the_async_threads<S>(fx: &Fixture<S>) {
        let (runtime, started, freed, ended) = (fx.runtime(), Tally::new(), Gate::new(), Tally::new());
        let works = fx.profile().threads();
        for _ in 0..works {
            let (started, freed, ended) = (started.clone(), freed.clone(), ended.clone());
            let spawned = runtime.spawn_blocking(move || {
                started.add();
                freed.wait_blocking();
                ended.add();
            });
            spawned.expect("a runtime that is alive must take work");
        }
        fx.block_on(async {
            started.reached(works).await;
            start(&fx.runtime(), async move { freed.open() }).wait().await.unwrap();
            ended.reached(works).await;
        });
    }

    /// `spawn_blocking` returns before the work has ended, also on a thread that polls tasks.
    #[case("backend/blocking-does-not-block-the-caller", capability(Blocking), laws = [])]
    fn blocking_does_not_block_the_caller<S>(fx: &Fixture<S>) {
        let (runtime, returned, ended) = (fx.runtime(), Gate::new(), Gate::new());
        let ends = ended.clone();
        let task = start(&fx.runtime(), async move {
            let waits = returned.clone();
            let work = move || { waits.wait_blocking(); ends.open(); };
            runtime.spawn_blocking(work).expect("a runtime that is alive must take work");
            returned.open();
        });
        fx.block_on(async {
            task.wait().await.unwrap();
            ended.wait().await;
        });
    }

    /// The pool survives work that panics.
    #[case("backend/blocking-panic-pool-survives", should(Blocking, Unwind), laws = [], isolated)]
    fn blocking_panic_pool_survives<S>(fx: &Fixture<S>) {
        let (runtime, panicked, ran) = (fx.runtime(), Tally::new(), Tally::new());
        for _ in 0..10 {
            let panicked = panicked.clone();
            let spawned = runtime.spawn_blocking(move || {
                let _count = OnDrop::new(move || { panicked.add(); });
                panic!("a panic that the case asked for");
            });
            spawned.expect("a runtime that is alive must take work");
        }
        fx.block_on(panicked.reached(10));
        for _ in 0..10 {
            let ran = ran.clone();
            let spawned = runtime.spawn_blocking(move || { ran.add(); });
            spawned.expect("a runtime that is alive must take work");
        }
        fx.block_on(ran.reached(10));
    }

    /// Work that is queued at the shutdown runs or is dropped, and later work may be refused as well; none is kept.
    #[case("backend/blocking-queued-at-shutdown", capability(Blocking, Shutdown), laws = [224])]
    fn blocking_queued_at_shutdown<S>(fx: &Fixture<S>) {
        let (runtime, ended) = (fx.runtime(), Tally::new());
        let spawn = || {
            let ended = ended.clone();
            let guard = OnDrop::new(move || { ended.add(); });
            runtime.spawn_blocking(move || drop(guard))
        };
        for _ in 0..100 {
            spawn().expect("a runtime that is alive must take work");
        }
        fx.shutdown();
        for _ in 0..10 {
            drop(spawn());
        }
        ended.reached_blocking(110);
        assert_eq!(ended.count(), 110);
    }
}
