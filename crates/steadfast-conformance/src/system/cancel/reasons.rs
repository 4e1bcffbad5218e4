//! What a request says: its words, its kind, and who made it.

use std::future::pending;
use std::thread;

use steadfast_core::{
    Builder, CancelReason, Cancelled, FutureExt, Runtime, cancel_reason, cancelled, checkpoint,
};

use super::{Problem, text};
use crate::probe::{Gate, Tally};

crate::suite::cases! {
    system_cancel_reasons_tests in system;

    /// Whoever looks sees the same reason: the words, the name of the task that asked, and the line where it did.
    #[case("system/reason-names-words-and-asker", must, laws = [87]; scope)]
    fn reason_names_words_and_asker<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let asks = n.clone();
            let line = n.named("asker").spawn_with_handle(async move {
                asks.cancel(format!("limit of {}", 3)); line!()
            }).await.unwrap();
            let Some(reason @ CancelReason::Requested(request)) = &n.cancel_reason() else {
                panic!("the kind of the reason is wrong");
            };
            assert_eq!(request.text(), "limit of 3");
            let by = request.by().expect("nobody asked");
            assert_eq!(by.name(), Some("asker"));
            assert_eq!((by.location().file(), by.location().line()), (file!(), line));
            let seen = n.spawn_with_handle(async {
                let region = pending::<()>().or_cancelled().await;
                let point = checkpoint();
                [cancel_reason(), Some(cancelled().await), of(region), of(point)]
            }).await.unwrap();
            assert!(seen.iter().all(|seen| seen.as_ref() == Some(reason)), "{seen:?}");
        }));
    }

    /// The name of a nursery stands for its body; a thread that is no task has a line and no name.
    #[case("system/reason-names-body-and-thread", must, laws = [87]; scope)]
    fn reason_names_body_and_thread<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).name("outer").run(async |n| {
            let child = n.spawn_with_handle(cancelled());
            child.cancel("by the body");
            let Ok(CancelReason::Requested(request)) = child.await else { panic!("no request") };
            assert_eq!(request.by().and_then(|by| by.name()), Some("outer"));
            let asks = n.clone();
            let (line, thread) = (line!(), thread::spawn(move || asks.cancel("by a thread")));
            let CancelReason::Requested(request) = cancelled().await else { panic!("no request") };
            let by = request.by().expect("nobody asked");
            assert_eq!((by.name(), by.location().line()), (None, line));
            thread.join().unwrap();
        }));
    }

    /// A nursery inside sees the reason of the one around it, whole.
    #[case("system/reason-is-inherited", must, laws = [87]; scope)]
    fn reason_is_inherited<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |outer| {
            let early = Builder::on(&rt).run(async |n| {
                outer.cancel("from above");
                n.cancel("from here");
                n.cancel_reason()
            }).await;
            let late = Builder::on(&rt).run(async |n| n.cancel_reason()).await;
            assert_eq!(text(early.as_ref()), Some("from above"));
            assert_eq!((early, late), (outer.cancel_reason(), outer.cancel_reason()));
        }));
    }

    /// Siblings of a child that failed learn which child it was: its name and the line that spawned it.
    #[case("system/reason-names-failed-sibling", must, laws = [87, 89]; scope)]
    fn reason_names_failed_sibling<S>(fx: &Fixture<S>) {
        let mut sibling = None;
        let (mut line, waits) = (0, Gate::new());
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let go = waits.clone();
            sibling = Some(n.spawn_with_handle(async move {
                go.open();
                Ok(cancelled().await)
            }));
            waits.wait().await;
            line = line!() + 1;
            n.named("breaks").spawn(async { Err(Problem::Real("broken")) });
            Ok(())
        }));
        assert!(result.is_err());
        let seen = sibling.unwrap().try_take().unwrap().unwrap();
        let CancelReason::Failed(child) = &seen else { panic!("{seen:?}") };
        assert_eq!((child.name(), child.location().line()), (Some("breaks"), line));
        assert_eq!(result.unwrap_err().cancel_reason(), Some(&seen));
    }

    /// A failure that passes through a nursery names, at each level, the child of that level.
    #[case("system/reason-names-child-of-each-level", must, laws = [89]; scope)]
    fn reason_names_child_of_each_level<S>(fx: &Fixture<S>) {
        let (rt, waits) = (fx.runtime(), Tally::new());
        let mut upper = None;
        let result = fx.block_on(Builder::on(&rt).try_run(async |n| {
            let begins = waits.clone();
            upper = Some(n.spawn_with_handle(async move {
                begins.add();
                Ok(cancelled().await)
            }));
            waits.reached(1).await;
            n.named("outer child").spawn(failing_nursery(rt.clone()));
            Ok(())
        }));
        let seen = upper.unwrap().try_take().unwrap().unwrap();
        let CancelReason::Failed(child) = seen else { panic!("{seen:?}") };
        assert_eq!(child.name(), Some("outer child"));
        let error = result.expect_err("the failure was lost").into_primary().into_error();
        assert_eq!(error, Some(Problem::Hidden("inner child".to_owned())));
    }

    /// Children of a body that failed learn that it was the body.
    #[case("system/reason-says-body-failed", must, laws = [89]; scope)]
    fn reason_says_body_failed<S>(fx: &Fixture<S>) {
        let mut child = None;
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            child = Some(n.spawn_with_handle(async { Ok(cancelled().await) }));
            Err::<(), _>(Problem::Real("the body"))
        }));
        assert!(result.is_err());
        let seen = child.unwrap().try_take().unwrap().unwrap();
        assert_eq!(seen, CancelReason::BodyFailed);
    }

    /// Siblings of a child that panicked learn which one it was.
    #[case("system/reason-names-panicked-sibling", capability(Unwind), laws = [89]; scope)]
    fn reason_names_panicked_sibling<S>(fx: &Fixture<S>) {
        let mut sibling = None;
        let result = fx.block_on(Builder::on(&fx.runtime()).collect_panics().try_run(async |n| {
            sibling = Some(n.spawn_with_handle(async { Ok(cancelled().await) }));
            n.named("panics").spawn(async { std::panic::resume_unwind(Box::new("quietly")) });
            Ok::<(), Problem>(())
        }));
        assert!(result.is_err());
        let seen = sibling.unwrap().try_take().unwrap().unwrap();
        let CancelReason::Failed(child) = &seen else { panic!("{seen:?}") };
        assert_eq!(child.name(), Some("panics"));
    }

    /// Background children are told that all foreground work has finished, and not before it has.
    #[case("system/reason-says-finished-to-background", must, laws = [87]; scope)]
    fn reason_says_finished_to_background<S>(fx: &Fixture<S>) {
        let (served, mut service) = (Tally::new(), None);
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let counts = served.clone();
            n.spawn_background(async move {
                let reason = cancelled().await;
                assert_eq!((reason, counts.count()), (CancelReason::Finished, 1));
                counts.add();
            });
            let counts = served.clone();
            service = Some(n.clone());
            n.spawn(async move {
                crate::probe::yield_once().await;
                counts.add();
            });
        }));
        assert_eq!(served.count(), 2);
        assert!(!service.unwrap().is_cancelled(), "the end of the foreground cancelled the nursery");
    }

    /// A cancellation can be kept, cloned and printed when everybody it speaks of is gone: words, name and line survive.
    #[case("system/reason-outlives-its-tasks", must, laws = [91]; scope)]
    fn reason_outlives_its_tasks<S>(fx: &Fixture<S>) {
        let ended = fx.block_on(Builder::on(&fx.runtime()).name("front").run(async |n| {
            n.cancel("gone home");
            pending::<()>().or_cancelled().await
        }));
        let cancelled: Cancelled = ended.expect_err("it ended by itself");
        let elsewhere = {
            let cancelled = cancelled.clone();
            thread::spawn(move || cancelled.to_string()).join().unwrap()
        };
        for part in ["gone home", "front", file!()] {
            assert!(elsewhere.contains(part), "{part:?} is missing in {elsewhere:?}");
        }
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(cancelled.clone());
        assert_eq!(error.to_string(), elsewhere);
        assert_eq!(cancelled.reason().to_string(), elsewhere);
    }
}

fn of(result: Result<(), Cancelled>) -> Option<CancelReason> {
    result.err().map(|cancelled| cancelled.reason().clone())
}

/// A nursery in which one child fails and another, which sees that, must name it. Fails with the name that was seen.
async fn failing_nursery<R: Runtime>(runtime: R) -> Result<(), Problem> {
    let mut sibling = None;
    let result = Builder::on(&runtime)
        .try_run(async |n| {
            sibling = Some(n.spawn_with_handle(async { Ok(cancelled().await) }));
            n.named("inner child")
                .spawn(async { Err(Problem::Real("deep")) });
            Ok(())
        })
        .await;
    let seen = sibling.and_then(|mut child| child.try_take());
    match (result, seen) {
        (Err(_), Some(Ok(CancelReason::Failed(child)))) => {
            Err(Problem::Hidden(child.name().unwrap_or_default().to_owned()))
        }
        (_, seen) => Err(Problem::Hidden(format!("{seen:?}"))),
    }
}
