//! Plain tokio code beside ported code: who waits for whom, and what goes over. What holds of plain tasks on every runtime is tested
//! through the facade.
#![allow(
    clippy::async_yields_async,
    reason = "handles are carried out of a nursery, to see that it has waited"
)]

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use steadfast_core::{
    Builder, CancelReason, CancelScope, Entry, Nursery, TaskLocal, TaskLocals, cancel_reason,
    cancelled, flow, is_cancelled, merge, yield_now,
};
use steadfast_tokio::{Tokio, TokioRuntime, inherit, own, own_set};
use tokio::task::JoinSet;

fn both() -> [TokioRuntime; 2] {
    [
        TokioRuntime::multi_thread(2).unwrap(),
        TokioRuntime::current_thread().unwrap(),
    ]
}

/// Runs `test` in a nursery, on each kind of runtime, beneath a root.
fn in_a_nursery(test: impl AsyncFn(Nursery<steadfast_core::Never, Tokio>)) {
    for runtime in both() {
        let tokio = runtime.handle();
        Builder::on(&tokio).block_on(&runtime, Builder::on(&tokio).run(|n| test(n)));
    }
}

#[derive(Clone, Debug, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn get(&self) -> usize {
        self.0.load(SeqCst)
    }

    fn up(&self) {
        self.0.fetch_add(1, SeqCst);
    }

    /// Counts when it is dropped, and not at once: whoever waits for nobody is seen not to.
    fn on_drop(&self) -> impl Drop + Send + use<> {
        struct OnDrop(Count);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                std::thread::yield_now();
                self.0.up();
            }
        }
        OnDrop(self.clone())
    }
}

fn endless(dropped: &Count) -> impl Future<Output = ()> + Send + use<> {
    let guard = dropped.on_drop();
    async move {
        let _guard = guard;
        pending::<()>().await;
    }
}

#[test]
fn a_task_that_somebody_else_aborts_is_lost() {
    in_a_nursery(async |_| {
        let task = tokio::spawn(pending::<()>());
        task.abort();
        assert!(own(task).await.unwrap_err().is_lost());
    });
}

#[test]
fn blocking_work_that_has_begun_is_awaited_and_nobody_has_given_way() {
    for runtime in both() {
        let tokio = runtime.handle();
        let (begin, begun) = std::sync::mpsc::channel();
        let (go, gone) = std::sync::mpsc::channel();
        let ended = runtime.block_on(Builder::on(&tokio).try_run(async |n| {
            let work = tokio::task::spawn_blocking(move || {
                begin.send(()).unwrap();
                gone.recv().unwrap();
                7
            });
            begun.recv().unwrap();
            n.spawn(async move {
                // The request comes while it is awaited; what follows is an error of its own.
                assert_eq!(own(work).await.unwrap(), 7);
                Err("it was no request that ended this")
            });
            n.spawn(async move {
                cancelled().await;
                for _ in 0..64 {
                    yield_now().await;
                }
                go.send(()).unwrap();
                Ok(())
            });
            yield_now().await;
            n.cancel("enough");
            Ok(())
        }));
        assert_eq!(
            ended.unwrap_err().into_error().unwrap(),
            "it was no request that ended this"
        );
    }
}

#[test]
fn whoever_lets_a_set_be_aborted_has_given_way() {
    for runtime in both() {
        let tokio = runtime.handle();
        let ended = runtime.block_on(Builder::on(&tokio).try_run(async |n| {
            let set: JoinSet<()> = [pending()].into_iter().collect();
            n.spawn(async {
                assert!(own_set(set).await[0].is_err());
                Err("for it was asked to end")
            });
            n.cancel("enough");
            Ok(())
        }));
        assert!(ended.is_ok(), "{ended:?}");
    }
}

#[test]
fn a_panic_while_a_dropped_one_ends_is_a_failure_of_the_nursery() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("while it is dropped");
        }
    }
    for runtime in both() {
        let tokio = runtime.handle();
        let ended = runtime.block_on(Builder::on(&tokio).collect_panics().try_run(async |n| {
            let task = tokio::spawn(async {
                let _panics = Panics;
                pending::<()>().await;
            });
            n.spawn(async {
                // Until it has begun, there is nothing in it that panics.
                yield_now().await;
                yield_now().await;
                drop(own(task));
                Ok::<(), &str>(())
            });
            Ok(())
        }));
        let failed = ended.unwrap_err();
        assert!(
            failed.to_string().contains("while it is dropped"),
            "{failed}"
        );
    }
}

#[test]
fn an_owned_set_gives_every_end_and_leaves_no_task() {
    in_a_nursery(async |_| {
        let set: JoinSet<usize> = (0..8).map(|value| async move { value }).collect();
        let mut values: Vec<_> = own_set(set).await.into_iter().map(Result::unwrap).collect();
        values.sort_unstable();
        assert_eq!(values, (0..8).collect::<Vec<_>>());

        let dropped = Count::default();
        let runtime = Tokio::current().unwrap();
        let ends = Builder::on(&runtime).run(async |n| {
            let mut set = JoinSet::new();
            for _ in 0..4 {
                set.spawn(endless(&dropped));
            }
            set.spawn(async {});
            let ends = n.spawn_with_handle(own_set(set));
            // The one that ends has ended.
            while tokio::runtime::Handle::current()
                .metrics()
                .num_alive_tasks()
                > 5 + 4
            {
                yield_now().await;
            }
            n.cancel("enough");
            ends.await.unwrap()
        });
        let ends = ends.await;
        assert_eq!((ends.len(), dropped.get()), (5, 4));
        assert!(ends.iter().filter(|end| end.is_err()).count() >= 4);

        // Dropped unpolled.
        Builder::on(&runtime)
            .run(async |_| {
                let mut set = JoinSet::new();
                set.spawn(endless(&dropped));
                drop(own_set(set));
            })
            .await;
        assert_eq!(dropped.get(), 5);
    });
}

#[test]
fn the_first_panic_of_a_set_goes_on_when_all_are_gone_and_the_others_are_reported() {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let heard = reports.clone();
    steadfast_core::set_report_hook(move |report| heard.lock().unwrap().push(report.to_string()));
    for runtime in both() {
        let ended = Count::default();
        let tokio = runtime.handle();
        let failed = runtime.block_on(Builder::on(&tokio).collect_panics().try_run(async |n| {
            let mut set = JoinSet::new();
            set.spawn(async { panic!("panic of a set") });
            set.spawn(async { panic!("panic of a set") });
            let ends = ended.clone();
            set.spawn(async move {
                yield_now().await;
                ends.up();
            });
            n.spawn(async { _ = own_set(set).await });
            Ok::<(), &str>(())
        }));
        assert_eq!(ended.get(), 1);
        assert!(failed.is_err());
    }
    steadfast_core::take_report_hook();
    let reports = reports.lock().unwrap();
    let others = reports
        .iter()
        .filter(|report| report.contains("panic of a set"));
    assert_eq!(others.count(), 2, "{reports:?}");
}

#[test]
fn a_join_set_of_children_may_be_dropped_and_the_children_stay() {
    in_a_nursery(async |_| {
        let ended = Count::default();
        let runtime = Tokio::current().unwrap();
        Builder::on(&runtime)
            .run(async |n| {
                let mut set = JoinSet::new();
                for _ in 0..3 {
                    let ends = ended.clone();
                    set.spawn(n.spawn_with_handle(async move {
                        yield_now().await;
                        ends.up();
                    }));
                }
                assert!(set.join_next().await.unwrap().unwrap().is_ok());
                drop(set);
            })
            .await;
        assert_eq!(ended.get(), 3);
    });
}

#[test]
fn a_plain_task_that_is_aborted_leaves_its_nursery_to_the_root() {
    in_a_nursery(async |_| {
        let (begun, told) = (Count::default(), Count::default());
        let (begins, tells) = (begun.clone(), told.clone());
        let runtime = Tokio::current().unwrap();
        let plain = tokio::spawn(Builder::on(&runtime).run(async move |inner| {
            inner.spawn(async move {
                begins.up();
                assert_eq!(cancelled().await, CancelReason::Dropped);
                yield_now().await;
                tells.up();
            });
            pending::<()>().await;
        }));
        while begun.get() == 0 {
            yield_now().await;
        }
        plain.abort();
        assert!(plain.await.unwrap_err().is_cancelled());
        // The root waits for it; so does the test, which looks.
        while told.get() == 0 {
            yield_now().await;
        }
    });
}

#[test]
fn select_and_merge_live_in_one_function_and_select_loses_no_child() {
    in_a_nursery(async |_| {
        let ended = Count::default();
        let runtime = Tokio::current().unwrap();
        Builder::on(&runtime)
            .run(async |_| {
                let ends = ended.clone();
                let inner = Builder::on(&runtime).run(async move |n| {
                    n.spawn(async move {
                        cancelled().await;
                        ends.up();
                    });
                    pending::<()>().await;
                });
                tokio::select! {
                    biased;
                    () = inner => unreachable!("its body does not end"),
                    () = async { for _ in 0..100 { yield_now().await } } => {}
                }
                let (mut left, mut right) = (0, 0);
                merge! {
                    _ in flow::iter(0..3) => { left += 1 }
                    _ in flow::iter(0..2) => {
                        tokio::select! { () = async {} => right += 1 }
                    }
                }
                .await;
                assert_eq!((left, right), (3, 2));
            })
            .await;
        assert_eq!(ended.get(), 1);
    });
}

tokio::task_local! {
    static USER: String;
}

static TENANT: TaskLocal<&str> = TaskLocal::new();

#[test]
fn task_locals_go_over_in_both_directions() {
    in_a_nursery(async |_| {
        let runtime = Tokio::current().unwrap();
        let seen_in_drop = Arc::new(AtomicBool::new(false));
        let nursery = Builder::on(&runtime).run(async |n| {
            struct Looks(Arc<AtomicBool>);
            impl Drop for Looks {
                fn drop(&mut self) {
                    self.0.store(
                        USER.try_with(|user| user == "ada").is_ok_and(|is| is),
                        SeqCst,
                    );
                }
            }
            let looks = Looks(seen_in_drop.clone());
            n.spawn_until_cancelled(inherit(&USER, async move {
                let _looks = looks;
                assert_eq!(USER.get(), "ada");
                pending::<()>().await;
            }));
            n.spawn(inherit(&USER, async { assert_eq!(USER.get(), "ada") }));
            n.cancel("enough");
        });
        USER.scope("ada".to_owned(), nursery).await;
        assert!(seen_in_drop.load(SeqCst));
        inherit(&USER, async { assert!(USER.try_get().is_err()) }).await;

        let plain = TENANT.scope("acme", async {
            tokio::spawn(TaskLocals::current().scope(async { TENANT.get() }))
        });
        assert_eq!(plain.await.await.unwrap(), Some("acme"));
    });
}

#[cfg(feature = "tokio-util")]
mod token {
    use super::*;
    use std::future::poll_fn;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::task::Poll;
    use steadfast_tokio::{cancelled_by, with_token};
    use tokio_util::sync::CancellationToken;

    #[test]
    fn a_token_asks_the_scope_and_nobody_around() {
        in_a_nursery(async |n| {
            let token = CancellationToken::new();
            let inside = token.clone();
            let value = cancelled_by(token, async {
                assert!(!is_cancelled());
                let plain = tokio::spawn(async move { inside.cancel() });
                let reason = cancelled().await;
                plain.await.unwrap();
                assert!(reason.to_string().contains("CancellationToken"), "{reason}");
                7
            });
            assert_eq!(value.await, 7);
            assert!(!n.is_cancelled());
        });
    }

    #[test]
    fn a_token_that_is_cancelled_already_has_asked_before_the_first_poll() {
        in_a_nursery(async |_| {
            let token = CancellationToken::new();
            token.cancel();
            assert!(cancelled_by(token, async { is_cancelled() }).await);
        });
    }

    #[test]
    fn a_request_cancels_the_token_and_the_token_alone_asks_nobody() {
        in_a_nursery(async |_| {
            let scope = CancelScope::new();
            let ask = scope.handle();
            let ended = scope.run(with_token(async |token| {
                let plain = tokio::spawn({
                    let token = token.clone();
                    async move { token.cancelled().await }
                });
                assert!(!token.is_cancelled());
                ask.cancel("enough");
                plain.await.unwrap();
                token.is_cancelled()
            }));
            assert!(ended.await);
            with_token(async |token| {
                token.cancel();
                yield_now().await;
                assert!(cancel_reason().is_none());
            })
            .await;
        });
    }

    #[test]
    fn a_token_outlives_its_scope_uncancelled_unless_that_was_dropped_half_way() {
        in_a_nursery(async |_| {
            let whole = with_token(async |token| token).await;
            assert!(!whole.is_cancelled());
            drop(with_token(|token| {
                assert!(!token.is_cancelled());
                pending::<()>()
            }));
            let kept = Mutex::new(None);
            {
                let mut half_way = std::pin::pin!(with_token(|token| {
                    *kept.lock().unwrap() = Some(token);
                    pending::<()>()
                }));
                let once = std::future::poll_fn(|cx| {
                    std::task::Poll::Ready(half_way.as_mut().poll(cx).is_pending())
                });
                assert!(once.await);
                assert!(!kept.lock().unwrap().as_ref().unwrap().is_cancelled());
            }
            assert!(kept.lock().unwrap().take().unwrap().is_cancelled());
        });
    }

    #[test]
    fn a_panic_cancels_the_token() {
        in_a_nursery(async |_| {
            let kept = Mutex::new(None);
            let mut panics = Box::pin(with_token(async |token: CancellationToken| {
                *kept.lock().unwrap() = Some(token);
                panic!("before its end");
            }));
            let panicked = poll_fn(|cx| {
                let polled = catch_unwind(AssertUnwindSafe(|| panics.as_mut().poll(cx)));
                Poll::Ready(polled.is_err())
            });
            assert!(panicked.await);
            drop(panics);
            assert!(kept.lock().unwrap().take().unwrap().is_cancelled());
        });
    }

    /// Nothing is spawned in either direction, so that no watcher can be left, whichever side ends first.
    #[test]
    fn nobody_watches_any_longer_when_either_side_has_ended() {
        for runtime in both() {
            runtime.block_on(async {
                let metrics = tokio::runtime::Handle::current().metrics();
                let before = metrics.num_alive_tasks();
                let token = CancellationToken::new();
                cancelled_by(token.clone(), async {}).await;
                drop(cancelled_by(token.clone(), pending::<()>()));
                with_token(async |_| {}).await;
                drop(with_token(|_| pending::<()>()));
                assert_eq!(metrics.num_alive_tasks(), before);
                token.cancel();
            });
        }
    }
}
