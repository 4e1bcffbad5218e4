use std::any::Any;
use std::collections::HashSet;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use steadfast_core::{Builder, CancelScope, FutureExt, Report, Spawn, cancelled, witness};

use crate::Policy;
use crate::kit::{Gate, OnDrop, Tally, Trial, Trials, drop_at_every_poll, polls, yield_once};

/// The text of the panic that `trials` end with.
fn failure_of<T>(trials: impl FnOnce() -> T) -> String {
    let tried = catch_unwind(AssertUnwindSafe(trials));
    let payload = tried.err().expect("a trial was expected to fail");
    *payload.downcast::<String>().expect("a panic with words")
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

async fn three_yields() {
    for _ in 0..3 {
        yield_once().await;
    }
}

#[test]
fn scenario_is_dropped_at_every_poll_twice_and_ends_once() {
    let (unpolled, dropped, ended) = (Tally::new(), Tally::new(), Tally::new());
    let explored = Trials::new().seeds(5).world(Tally::new).drop_at_every_poll(
        async |trial| {
            trial.world().add();
            three_yields().await;
            trial.world().add();
        },
        |trial| {
            let of = match (trial.world().count(), trial.ended()) {
                (0, false) => &unpolled,
                (1, false) => &dropped,
                (2, true) => &ended,
                strange => panic!("{strange:?}"),
            };
            of.add();
        },
    );
    assert_eq!((explored.polls(), explored.trials()), (4, 5 * 8));
    let seen = [unpolled, dropped, ended].map(|tally| tally.count());
    assert_eq!(seen, [5, 5 * 6, 5]);
}

#[test]
fn scenario_is_asked_at_every_poll_and_then_awaited() {
    let asked = Mutex::new(Vec::new());
    let explored = Trials::new()
        .seeds(1)
        .world(Tally::new)
        .cancel_at_every_poll(
            async |trial| {
                for _ in 0..2 {
                    trial.world().add();
                    if yield_once().or_cancelled().await.is_err() {
                        return;
                    }
                }
                trial.world().add();
            },
            |trial| {
                assert!(trial.ended());
                asked.lock().unwrap().push(trial.world().count());
            },
        );
    // Whenever the request comes, the value of the region that waits is there at the next poll, and the region after it gives way;
    // a region that has not begun has its first poll.
    assert_eq!(*asked.lock().unwrap(), [1, 2, 2, 3, 3, 3]);
    assert_eq!((explored.polls(), explored.trials()), (3, 6));
}

#[test]
fn drop_comes_before_what_is_waited_for_and_after_it() {
    let seen = Mutex::new(Vec::new());
    let explored = Trials::new().seeds(1).world(Gate::new).drop_at_every_poll(
        async |trial| {
            let (opens, looks) = (trial.world().clone(), trial.world().clone());
            let _at_drop = OnDrop::new(|| seen.lock().unwrap().push(looks.is_open()));
            Builder::on(trial.runtime())
                .run(async |n| n.spawn(async move { opens.open() }))
                .await;
        },
        |_| {},
    );
    assert_eq!(*seen.lock().unwrap(), [false, true, true]);
    assert_eq!(explored.polls(), 2);
}

#[test]
fn failing_invariant_names_poll_and_seed_with_tree_and_command() {
    let at = |number| {
        let count = Tally::new();
        failure_of(|| {
            Trials::new()
                .policy(Policy::Lifo)
                .workers(2)
                .drop_at_every_poll(
                    |_| three_yields(),
                    |_| assert_ne!(count.add(), number, "this is the invariant"),
                )
        })
    };
    assert_says(
        &at(1),
        &[
            "the scenario was dropped before its first poll",
            "this is the invariant",
            "nothing is left in the tree",
        ],
    );
    assert_says(&at(2), &["the scenario was dropped right after poll 1 "]);
    assert_says(
        &at(8 + 5),
        &[
            "the scenario was dropped in the place of poll 3 (seed 1, policy lifo, 2 workers)",
            "STEADFAST_SEED=1 cargo test -- --exact kit::tests::trials::failing_invariant_names_poll_and_seed_with_tree_and_command",
        ],
    );
    let cancelled = failure_of(|| {
        let trials = Trials::new();
        trials.cancel_at_every_poll(|_| three_yields(), |trial| assert!(trial.seed() < 3))
    });
    assert_says(
        &cancelled,
        &["the scenario was asked to end before its first poll (seed 3, policy random, 1 workers)"],
    );
}

#[test]
fn task_that_is_left_fails_though_nobody_looks() {
    let text = failure_of(|| {
        drop_at_every_poll(
            async |trial| trial.runtime().spawn(pending()).unwrap(),
            |_| {},
        )
    });
    assert_says(
        &text,
        &[
            "right after poll 1",
            "tasks are left",
            "#1: spawned by main at step 1",
        ],
    );
}

#[test]
fn task_that_ends_when_it_can_is_none_that_is_left() {
    let explored = drop_at_every_poll(
        async |trial| trial.runtime().spawn(three_yields()).unwrap(),
        |_| {},
    );
    assert_eq!(explored.polls(), 1);
}

#[test]
fn child_that_nobody_waits_for_is_named() {
    let text = failure_of(|| {
        drop_at_every_poll(
            async |_| {
                let mut forgotten = Box::pin(steadfast::scope(async |s| {
                    s.named("forgotten child").spawn(pending::<()>());
                }));
                assert!(polls::drop_after(&mut forgotten, 1).await.is_none());
                std::mem::forget(forgotten);
            },
            |_| {},
        )
    });
    assert_says(
        &text,
        &[
            "children or clean-ups are left in the tree",
            "live tree of the trial:\nnursery `trial` (",
            "└─ child `forgotten child` (",
        ],
    );
}

#[test]
fn handles_that_outlive_the_scenario_are_no_leak() {
    let explored = Trials::new()
        .seeds(1)
        .world(|| Mutex::new(Vec::<Box<dyn Any>>::new()))
        .drop_at_every_poll(
            async |trial| {
                let keep = |handle| trial.world().lock().unwrap().push(handle);
                let scope = CancelScope::new();
                keep(Box::new(scope.handle()));
                scope
                    .run(Builder::on(trial.runtime()).run(async |n| {
                        keep(Box::new(n.clone()));
                        keep(Box::new(n.spawn_with_handle(yield_once())));
                        yield_once().await;
                    }))
                    .await;
            },
            |_| {},
        );
    assert!(explored.polls() >= 2);
}

#[test]
fn what_is_held_at_the_end_is_named() {
    let token = failure_of(|| {
        drop_at_every_poll(
            async |trial| std::mem::forget(trial.leaks().token("connection")),
            |_| {},
        )
    });
    assert_says(&token, &["left at the end", "`connection` ("]);
    let clone =
        failure_of(|| drop_at_every_poll(async |trial| std::mem::forget(trial.clone()), |_| {}));
    assert_says(&clone, &["1 clones of the `Trial` are left"]);
}

#[test]
fn what_the_world_holds_is_no_leak() {
    let explored = Trials::new().world(|| Mutex::new(None)).drop_at_every_poll(
        async |trial| {
            *trial.world().lock().unwrap() = Some(trial.leaks().token("kept to be looked at"));
            yield_once().await;
        },
        |_| {},
    );
    assert_eq!(explored.polls(), 2);
}

#[test]
fn fault_that_a_task_reports_fails_the_trial() {
    let text = failure_of(|| {
        drop_at_every_poll(async |trial| trial.faults().report("this is wrong"), |_| {})
    });
    assert_says(&text, &["faults were reported", "this is wrong"]);
}

#[test]
fn child_that_never_ends_is_a_deadlock_of_the_trial() {
    let text = failure_of(|| {
        drop_at_every_poll(
            async |trial| {
                Builder::on(trial.runtime())
                    .run(async |n| {
                        n.named("deaf").spawn(pending::<()>());
                    })
                    .await;
            },
            |_| {},
        )
    });
    assert_says(
        &text,
        &[
            "right after poll 1",
            "deadlock",
            "child `deaf` (",
            "reported: ",
        ],
    );
}

#[test]
fn panic_of_a_plain_task_fails_the_trial_whose_tasks_go_first() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let waits = |name: &'static str| {
        let order = Arc::clone(&order);
        let guard = OnDrop::new(move || order.lock().unwrap().push(name));
        async move {
            let _guard = guard;
            pending::<()>().await;
        }
    };
    let text = failure_of(|| {
        Trials::new().run(
            async |trial| {
                let panics = async { panic!("a plain task's") };
                trial.runtime().spawn(waits("task")).unwrap();
                trial.runtime().spawn(panics).unwrap();
                waits("scenario").await;
            },
            |_| {},
        );
    });
    assert_says(&text, &["a plain task's"]);
    assert_eq!(*order.lock().unwrap(), ["task", "scenario"]);
}

#[test]
fn scenario_that_hangs_is_not_said_to_be_dropped() {
    let text = failure_of(|| drop_at_every_poll(|_| pending(), |_| {}));
    assert_says(
        &text,
        &["was to be dropped in the place of poll 2", "deadlock"],
    );
}

#[test]
fn scenario_that_never_ends_is_told_so_after_the_limit() {
    let text = failure_of(|| {
        Trials::new().poll_limit(10).drop_at_every_poll(
            async |_| {
                loop {
                    yield_once().await;
                }
            },
            |_| {},
        )
    });
    assert_says(&text, &["with seed 0", "has not ended after 10 polls"]);
}

#[test]
fn panic_of_the_scenario_is_told_with_its_words() {
    let text = failure_of(|| {
        drop_at_every_poll(
            async |_| {
                yield_once().await;
                panic!("the scenario's own words");
            },
            |_| {},
        )
    });
    assert_says(&text, &["right after poll 2", "the scenario's own words"]);
}

#[test]
fn reports_are_heard_on_every_worker_and_are_told_to_the_invariant() {
    let threads = Arc::new(Mutex::new(HashSet::new()));
    let explored = Trials::new()
        .workers(3)
        .world(Tally::new)
        .drop_at_every_poll(
            async |trial| {
                let (threads, fails) = (Arc::clone(&threads), trial.world().clone());
                let mut dropped = Box::pin(Builder::on(trial.runtime()).try_run(async |n| {
                    n.spawn(async move {
                        cancelled().await;
                        threads.lock().unwrap().insert(thread::current().id());
                        fails.add();
                        Err("that nobody gets")
                    });
                    pending::<Result<(), &str>>().await
                }));
                assert!(polls::drop_after(&mut dropped, 1).await.is_none());
                drop(dropped);
                yield_once().await;
            },
            |trial| {
                let reports = trial.reports();
                let unreturned = reports
                    .iter()
                    .filter(|report| matches!(report, Report::Unreturned { .. }));
                assert_eq!(unreturned.count(), trial.world().count());
            },
        );
    assert!(explored.polls() == 2 && threads.lock().unwrap().len() > 1);
}

#[test]
fn who_listened_before_listens_afterwards() {
    let before: witness::Listener = Arc::new(|_| {});
    assert!(witness::listen(Some(Arc::clone(&before))).is_none());
    Trials::new().seeds(1).run(|_| async {}, |_| {});
    let after = witness::listen(None).expect("somebody listens");
    assert!(Arc::ptr_eq(&before, &after));
}

#[test]
fn grace_ends_what_does_not_obey() {
    let deaf = |trials: Trials| {
        trials.name("the root by name").drop_at_every_poll(
            async |trial| {
                Builder::on(trial.runtime())
                    .run(async |n| {
                        n.spawn(pending::<()>());
                        n.cancel("enough");
                    })
                    .await;
            },
            |_| {},
        )
    };
    let explored = deaf(Trials::new().grace(Duration::from_secs(1)));
    assert_eq!(explored.polls(), 3);
    assert_says(
        &failure_of(|| deaf(Trials::new())),
        &["root `the root by name`", "deadlock"],
    );
}

#[test]
fn settings_reach_the_simulator() {
    let order_of = |policy| {
        let order = Arc::new(Mutex::new(Vec::new()));
        Trials::new().policy(policy).seeds(1).run(
            async |trial| {
                Builder::on(trial.runtime())
                    .run(async |n| {
                        for number in 0..3 {
                            let order = Arc::clone(&order);
                            n.spawn(async move { order.lock().unwrap().push(number) });
                        }
                    })
                    .await;
            },
            |trial| assert!(trial.ended()),
        );
        order.lock().unwrap().clone()
    };
    assert_eq!(order_of(Policy::Fifo), [0, 1, 2]);
    assert_eq!(order_of(Policy::Lifo), [2, 1, 0]);
    let seeds = Mutex::new(Vec::new());
    Trials::on(crate::Sim::builder().seed(40)).seeds(3).run(
        |_| async {},
        |trial| seeds.lock().unwrap().push(trial.seed()),
    );
    assert_eq!(*seeds.lock().unwrap(), [40, 41, 42]);
}

#[test]
fn trials_have_patience_with_the_roots_of_other_tests() {
    let shown = |trials: &Trials| format!("{trials:?}");
    let given = Trials::on(crate::Sim::builder().patience(Duration::from_secs(60)));
    assert_says(&shown(&Trials::new()), &["patience: 500ms"]);
    assert_says(&shown(&given), &["patience: 60s"]);
}

/// Run by the test below, too, with other environments than that of the tests.
#[test]
fn seeds_are_tried_one_after_the_other() {
    let tried = Mutex::new(Vec::new());
    let look = |trial: &Trial| {
        println!("tried {}", trial.seed());
        tried.lock().unwrap().push(trial.seed());
    };
    Trials::new().seeds(3).run(|_| async {}, look);
    let tried = tried.lock().unwrap();
    assert!(
        *tried == [0, 1, 2] || std::env::var_os("STEADFAST_SEED").is_some() && tried.len() == 1
    );
}

#[test]
fn seed_of_the_environment_is_the_only_one() {
    let run_with = |seed: Option<&str>| {
        let mut run = Command::new(std::env::current_exe().expect("a path to this program"));
        let test = "kit::tests::trials::seeds_are_tried_one_after_the_other";
        run.args(["--nocapture", "--exact", test]);
        match seed {
            Some(seed) => run.env("STEADFAST_SEED", seed),
            None => run.env_remove("STEADFAST_SEED"),
        };
        let output = run.output().expect("it runs");
        let all = [output.stdout, output.stderr].concat();
        String::from_utf8(all).expect("text")
    };
    let tried = |text: &str| {
        let lines = text.lines().filter_map(|line| line.split_once("tried "));
        lines.map(|(_, seed)| seed.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(tried(&run_with(None)), ["0", "1", "2"]);
    assert_eq!(tried(&run_with(Some("17"))), ["17"]);
    let refused = run_with(Some("seventeen"));
    assert_eq!(tried(&refused), [""; 0]);
    assert_says(
        &refused,
        &["`STEADFAST_SEED` must be a whole number", "not `seventeen`"],
    );
}
