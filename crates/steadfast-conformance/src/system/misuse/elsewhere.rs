//! Futures and handles that are used in another place than they belong to, or once too often.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::thread;

use steadfast_core::{Builder, cancelled, is_cancelled};

use crate::probe::{CountingWaker, Gate, Tally, start, yield_once};
use crate::system::errors::panics::{caught, throw};
use crate::system::exit::glance;

crate::suite::cases! {
    system_elsewhere_tests in system;

    /// A future that belongs to another runtime, and panics in a child because of that, ends the siblings in order: its own
    /// words come out.
    #[case("system/foreign-future-is-contained", capability(Unwind), laws = [234])]
    fn foreign_future_is_contained<S>(fx: &Fixture<S>) {
        let (ended, completed) = (Tally::new(), Tally::new());
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).run(async |n| {
            let (ended, completed) = (ended.clone(), completed.clone());
            n.spawn(async move {
                cancelled().await;
                yield_once().await;
                ended.add();
            });
            n.spawn(async move {
                yield_once().await;
                completed.add();
            });
            n.spawn(Foreign);
        })));
        let payload = result.expect_err("the panic is lost");
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"there is no foreign reactor here"));
        assert_eq!((ended.count(), completed.count()), (1, 1));
        assert!(!fx.block_on(async { is_cancelled() }));
    }

    /// A thread that the runtime knows nothing of spawns through a handle, and the nursery waits for the child.
    #[case("system/foreign-thread-spawns-through-handle", must, laws = [235])]
    fn foreign_thread_spawns_through_handle<S>(fx: &Fixture<S>) {
        for _ in 0..20 {
            let (ran, implicit) = (Tally::new(), Tally::new());
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let (done, opens) = (Gate::new(), n.clone());
                let (finished, ran, implicit) = (done.clone(), ran.clone(), implicit.clone());
                thread::spawn(move || {
                    // The thread itself is in no nursery: a request to this one is not one to the thread.
                    opens.cancel("whoever is inside");
                    if !is_cancelled() {
                        implicit.add();
                    }
                    let spawned = opens.spawn(async move {
                        if is_cancelled() {
                            ran.add();
                        }
                    });
                    assert!(spawned.is_ok());
                    finished.open();
                });
                done.wait().await;
            }));
            assert_eq!((ran.count(), implicit.count()), (1, 1));
        }
    }

    /// A handle that was awaited to its end says so when it is awaited again.
    #[case("system/handle-awaited-twice-is-taken", must, laws = [229])]
    fn handle_awaited_twice_is_taken<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let mut handle = n.spawn_with_handle(async { 7 });
            assert_eq!((&mut handle).await.unwrap(), 7);
            assert!((&mut handle).await.unwrap_err().is_taken());
            assert!(handle.try_take().expect("it has finished").unwrap_err().is_taken());
            handle.wait().await;
        }));
    }

    /// Waiting for a handle may be given up and begun again, any number of times, and loses nothing.
    #[case("system/handle-can-be-waited-for-again", must, laws = [230])]
    fn handle_can_be_waited_for_again<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let go = Gate::new();
            let wait = go.wait();
            let mut handle = n.spawn_with_handle(async move {
                wait.await;
                7
            });
            for _ in 0..3 {
                assert!(glance(pin!(handle.wait())).await.is_pending());
                assert!(glance(pin!(&mut handle)).await.is_pending());
                assert!(handle.try_take().is_none());
            }
            go.open();
            assert_eq!(handle.await.unwrap(), 7);
        }));
    }

    /// Polls of a nursery that nothing asked for do no harm: no child is started twice, and the value comes once.
    #[case("system/nursery-bears-spurious-polls", must, laws = [303])]
    fn nursery_bears_spurious_polls<S>(fx: &Fixture<S>) {
        let (bodies, ran, go) = (Tally::new(), Tally::new(), Gate::new());
        let value = fx.block_on(async {
            let mut run = pin!(Builder::on(&fx.runtime()).run(async |n| {
                bodies.add();
                let (ran, wait) = (ran.clone(), go.wait());
                n.spawn(async move {
                    wait.await;
                    ran.add();
                });
                7
            }));
            for _ in 0..100 {
                assert!(glance(run.as_mut()).await.is_pending());
            }
            go.open();
            run.await
        });
        assert_eq!((value, bodies.count(), ran.count()), (7, 1, 1));
    }

    /// A nursery that is polled after it has returned refuses that in clear words, and does nothing else.
    #[case("system/nursery-polled-after-end-says-so", capability(Unwind), laws = [303])]
    fn nursery_polled_after_end_says_so<S>(fx: &Fixture<S>) {
        let bodies = Tally::new();
        fx.block_on(async {
            let mut run = pin!(Builder::on(&fx.runtime()).run(async |_n| { bodies.add(); }));
            run.as_mut().await;
            let again = poll_fn(|cx| {
                Poll::Ready(catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(cx))))
            }).await;
            let payload = again.expect_err("a value came twice");
            let text = payload.downcast_ref::<&str>().expect("words");
            assert!(text.contains("after it had returned"), "{text}");
        });
        assert_eq!(bodies.count(), 1);
    }

    /// A nursery that is moved to another task between polls wakes that task, and no longer the one before.
    #[case("system/nursery-moved-wakes-new-task", must, laws = [302])]
    fn nursery_moved_wakes_new_task<S>(fx: &Fixture<S>) {
        for in_body in [false, true] {
            let (go, before) = (Gate::new(), CountingWaker::new());
            let wait = go.wait();
            let runtime = fx.runtime();
            let run = async move {
                Builder::on(&runtime).try_run(async |n| {
                    n.spawn(async move {
                        wait.await;
                        if in_body { Err(7) } else { Ok(()) }
                    });
                    if in_body {
                        cancelled().await;
                    }
                    Ok(())
                }).await
            };
            let mut run: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(run);
            let first = fx.block_on(poll_fn(|_| {
                let waker = before.waker();
                Poll::Ready(run.as_mut().poll(&mut Context::from_waker(&waker)))
            }));
            assert!(first.is_pending());
            let polled = Gate::new();
            let opens = polled.clone();
            let task = start(&fx.runtime(), async move {
                // Polled here, so that the wake which follows is this task's.
                let first = glance(run.as_mut()).await;
                opens.open();
                match first {
                    Poll::Ready(result) => result,
                    Poll::Pending => run.await,
                }
            });
            let result = fx.block_on(async {
                polled.wait().await;
                go.open();
                task.wait().await.unwrap()
            });
            assert_eq!(result.is_err(), in_body);
            assert_eq!(before.wakes(), 0, "the task that the nursery had left was woken");
        }
    }

    /// A limit that no child could ever pass is refused at once, in words.
    #[case("system/nursery-with-limit-of-zero-is-refused", capability(Unwind), laws = [])]
    fn nursery_with_limit_of_zero_is_refused<S>(fx: &Fixture<S>) {
        let refused = catch_unwind(AssertUnwindSafe(|| Builder::on(&fx.runtime()).limit(0)));
        assert!(refused.is_err());
    }
}

thread_local! {
    static REACTOR: Cell<bool> = const { Cell::new(false) };
}

/// Needs a runtime that nobody has entered, and says so as such futures do.
struct Foreign;

impl Future for Foreign {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if REACTOR.get() {
            return Poll::Ready(());
        }
        throw("there is no foreign reactor here");
    }
}
