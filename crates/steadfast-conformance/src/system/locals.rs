//! Task-locals: children and clean-ups see what was bound where they came from, and bind for nobody else.

use steadfast_core::{Builder, FutureExt, TaskLocal, TaskLocals, is_cancelled, settle};

use super::errors::panics::caught;
use super::ledger::{CleanUp, poll_once};
use crate::probe::{Gate, Tally, start, yield_once};

static NAME: TaskLocal<&'static str> = TaskLocal::new();
static NUMBER: TaskLocal<usize> = TaskLocal::new();

crate::suite::cases! {
    system_locals_tests in system;

    /// A child sees what was bound at its spawn, not what was bound where its nursery was opened.
    #[case("system/locals-come-from-the-spawn", must, laws = [206]; scope)]
    fn locals_come_from_the_spawn<S>(fx: &Fixture<S>) {
        fx.block_on(NAME.scope("at the opening", Builder::on(&fx.runtime()).run(async |n| {
            let spawned = async { n.spawn_with_handle(look()).await.unwrap() };
            assert_eq!(NAME.scope("at the spawn", spawned).await, [Some("at the spawn"); 2]);
            assert_eq!(n.spawn_with_handle(look()).await.unwrap(), [Some("at the opening"); 2]);
            assert_eq!(NAME.get(), Some("at the opening"));
        })));
        assert_eq!(fx.block_on(look()), [None; 2]);
    }

    /// A child that is spawned into somebody else's nursery has its spawner's locals, and that nursery's requests.
    #[case("system/locals-come-from-the-spawner", must, laws = [209]; scope)]
    fn locals_come_from_the_spawner<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(NAME.scope("the owner", Builder::on(&rt).run(async |owner| {
            owner.cancel("the owner");
            let spawner = Builder::on(&rt).run(async |_| {
                owner.spawn_with_handle(async { (NAME.get(), is_cancelled()) }).await.unwrap()
            });
            assert_eq!(NAME.scope("the spawner", spawner).await, (Some("the spawner"), true));
        })));
    }

    /// What a child binds is seen by nobody else: not by its parent, not by its siblings.
    #[case("system/locals-of-a-child-are-its-own", must, laws = [207]; scope)]
    fn locals_of_a_child_are_its_own<S>(fx: &Fixture<S>) {
        fx.block_on(NAME.scope("the parent", Builder::on(&fx.runtime()).run(async |n| {
            let (bound, looked) = (Gate::new(), Gate::new());
            let (binds, waits) = (bound.clone(), looked.clone());
            let child = n.spawn_with_handle(async move {
                let inside = NAME.scope("the child", async {
                    binds.open();
                    waits.wait().await;
                    NAME.get()
                });
                [inside.await, NAME.get()]
            });
            bound.wait().await;
            assert_eq!(NAME.get(), Some("the parent"));
            assert_eq!(n.spawn_with_handle(look()).await.unwrap(), [Some("the parent"); 2]);
            looked.open();
            assert_eq!(child.await.unwrap(), [Some("the child"), Some("the parent")]);
        })));
    }

    /// A child can be given a context that was kept, or none.
    #[case("system/locals-can-be-handed-over", must, laws = [208]; scope)]
    fn locals_can_be_handed_over<S>(fx: &Fixture<S>) {
        fx.block_on(NAME.scope("here", Builder::on(&fx.runtime()).run(async |n| {
            let kept = NAME.scope("kept", async { TaskLocals::current() }).await;
            let child = n.spawn_with_handle(kept.clone().scope(look()));
            assert_eq!(child.await.unwrap(), [Some("kept"); 2]);
            let child = n.spawn_with_handle(TaskLocals::default().scope(look()));
            assert_eq!(child.await.unwrap(), [None; 2]);
            assert_eq!(NAME.get(), Some("here"));
        })));
    }

    /// A binding reaches children of children; one further down is seen only below, and another one beside it is kept.
    #[case("system/locals-reach-grandchildren", must, laws = [210]; scope)]
    fn locals_reach_grandchildren<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        let all = async || (NAME.get(), NUMBER.get());
        fx.block_on(NAME.scope("top", NUMBER.scope(1, Builder::on(&rt).run(async |n| {
            let own = rt.clone();
            let child = n.spawn_with_handle(async move {
                let nursery = Builder::on(&own).run(async |inner| {
                    let plain = inner.spawn_with_handle(all()).await.unwrap();
                    let rebound = NAME.scope("below", async { inner.spawn_with_handle(all()).await.unwrap() });
                    [plain, rebound.await, all().await]
                });
                nursery.await
            });
            assert_eq!(child.await.unwrap(), [(Some("top"), Some(1)), (Some("below"), Some(1)), (Some("top"), Some(1))]);
        }))));
    }

    /// A block that is left by an error, by a panic or by a drop half-way leaves what was bound before.
    #[case("system/locals-are-back-after-a-failure", capability(Unwind), laws = [212]; scope)]
    fn locals_are_back_after_a_failure<S>(fx: &Fixture<S>) {
        fx.block_on(NAME.scope("before", Builder::on(&fx.runtime()).run(async |_| {
            let failed = NAME.scope("inside", async {
                yield_once().await;
                Err::<(), _>(NAME.get())
            });
            assert_eq!(failed.await, Err(Some("inside")));
            assert_eq!(NAME.get(), Some("before"));
            let panicked = caught(NAME.scope("inside", async {
                yield_once().await;
                assert_eq!(NAME.get(), None, "thrown");
            }));
            assert!(panicked.await.is_err());
            assert_eq!(NAME.get(), Some("before"));
            let mut dropped = Box::pin(NAME.scope("inside", std::future::pending::<()>()));
            assert!(poll_once(&mut dropped).await.is_pending());
            assert_eq!(NAME.get(), Some("before"));
            drop(dropped);
            assert_eq!(NAME.get(), Some("before"));
        })));
    }

    /// Blocking work sees what was bound at its spawn, and leaves nothing of it on its thread for the next.
    #[case("system/locals-in-blocking-work", capability(Blocking), laws = [213])]
    fn locals_in_blocking_work<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |n| {
            for round in 0..20 {
                let spawned = async { n.spawn_blocking(|| NUMBER.get()).await.unwrap() };
                assert_eq!(NUMBER.scope(round, spawned).await, Some(round));
                assert_eq!(n.spawn_blocking(|| NUMBER.get()).await.unwrap(), None);
                let (looked, faults) = (Gate::new(), fx.faults());
                let looks = looked.clone();
                let foreign = rt.spawn_blocking(move || {
                    faults.expect(NUMBER.get().is_none(), "a binding was left on a thread");
                    looks.open();
                });
                assert!(foreign.is_ok());
                looked.wait().await;
            }
        }));
    }

    /// The locals of a task travel with it from poll to poll, whatever runs between on the same threads.
    #[case("system/locals-travel-with-their-task", must, laws = [214]; scope)]
    fn locals_travel_with_their_task<S>(fx: &Fixture<S>) {
        let (own, foreign) = (Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for number in 0..16 {
                let own = own.clone();
                NUMBER.scope(number, async {
                    n.spawn(async move {
                        for _ in 0..50 {
                            yield_once().await;
                            count_if(&own, NUMBER.get() == Some(number));
                        }
                    });
                }).await;
            }
            let counts = foreign.clone();
            let task = start(&fx.runtime(), async move {
                for _ in 0..50 {
                    yield_once().await;
                    count_if(&counts, NUMBER.get().is_none());
                }
            });
            task.wait().await.unwrap();
        }));
        assert_eq!((own.count(), foreign.count()), (16 * 50, 50));
    }

    /// A clean-up sees what was bound where its guard was made, wherever the guard is dropped.
    #[case("system/locals-of-a-clean-up-are-its-birthplaces", must, laws = [215]; scope)]
    fn locals_of_a_clean_up_are_its_birthplaces<S>(fx: &Fixture<S>) {
        let right = Tally::new();
        let guard = || {
            let right = right.clone();
            CleanUp::guard(|| async move {
                yield_once().await;
                count_if(&right, NAME.get() == Some("born"));
            })
        };
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let [here, closed, in_child, in_thread] = NAME.scope("born", async { [guard(), guard(), guard(), guard()] }).await;
            NAME.scope("nested", async {
                drop(here);
                settle().await;
                assert_eq!(NAME.get(), Some("nested"));
                closed.close().await;
                n.spawn(async move { drop(in_child) });
            }).await;
            std::thread::spawn(move || drop(in_thread)).join().unwrap();
        }));
        assert_eq!(right.count(), 4);
    }

    /// Work that is dropped half-way and taken over keeps what was bound where it began, not what is bound where it was dropped.
    #[case("system/locals-of-adopted-work-are-its-own", must, laws = [216]; scope)]
    fn locals_of_adopted_work_are_its_own<S>(fx: &Fixture<S>) {
        let right = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let counts = right.clone();
            let mut work = Box::pin(async move {
                yield_once().await;
                count_if(&counts, NAME.get() == Some("begun"));
            }.must_complete());
            NAME.scope("begun", async { assert!(poll_once(&mut work).await.is_pending()) }).await;
            NAME.scope("dropped", async move { drop(work) }).await;
        }));
        assert_eq!(right.count(), 1);
    }
}

/// What is bound before and after a suspension.
async fn look() -> [Option<&'static str>; 2] {
    let before = NAME.get();
    yield_once().await;
    [before, NAME.get()]
}

fn count_if(tally: &Tally, right: bool) {
    if right {
        tally.add();
    }
}
