//! Panics: they end the siblings, they are never lost, and they come out with what they carried.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use steadfast_core::{
    AsyncDrop, AsyncDropGuard, Builder, CancelReason, FailureKind, Report, cancelled,
    set_report_hook, take_report_hook,
};

use crate::probe::{Gate, Tally, yield_once};

crate::suite::cases! {
    system_panics_tests in system;

    /// A child's panic goes on from the nursery's call, with its own payload, after every other child has ended.
    #[case("system/panic-goes-on-after-everybody", capability(Unwind), laws = [49]; scope)]
    fn panic_goes_on_after_everybody<S>(fx: &Fixture<S>) {
        let (asked, go, ended) = (Tally::new(), Gate::new(), Tally::new());
        let thrown = Arc::new("the very one");
        let payload = fx.block_on(async {
            let mut run = pin!(caught(Builder::on(&fx.runtime()).run(async |n| {
                for _ in 0..3 {
                    let (asked, go, ended) = (asked.clone(), go.clone(), ended.clone());
                    n.spawn(async move {
                        cancelled().await;
                        asked.add();
                        go.wait().await;
                        ended.add();
                    });
                }
                let thrown = Arc::clone(&thrown);
                n.spawn(async move { throw(thrown) });
            })));
            let first = poll_fn(|cx| Poll::Ready(run.as_mut().poll(cx))).await;
            assert!(first.is_pending(), "the panic did not wait for the siblings");
            asked.reached(3).await;
            go.open();
            run.await.expect_err("the panic is lost")
        });
        assert_eq!(ended.count(), 3);
        let came = payload.downcast::<Arc<&str>>().expect("the payload is another one");
        assert!(Arc::ptr_eq(&came, &thrown));
    }

    /// A body's panic goes on from the call after every child has ended; children hear that the body failed.
    #[case("system/panic-of-body-waits-for-children", capability(Unwind), laws = [49, 52]; scope)]
    fn panic_of_body_waits_for_children<S>(fx: &Fixture<S>) {
        let (ended, faults) = (Tally::new(), fx.faults());
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).run(async |n| {
            let (ended, faults) = (ended.clone(), faults.clone());
            n.spawn(async move {
                let reason = cancelled().await;
                faults.expect(reason == CancelReason::BodyFailed, "asked to end for another reason");
                yield_once().await;
                ended.add();
            });
            throw(7_u32)
        })));
        assert_eq!(number(&*result.expect_err("the panic is lost")), 7);
        assert_eq!(ended.count(), 1);
    }

    /// Children that are healthy and do not look complete although another panics, and cannot hide the panic.
    #[case("system/panic-leaves-healthy-children-alone", capability(Unwind), laws = [51]; scope)]
    fn panic_leaves_healthy_children_alone<S>(fx: &Fixture<S>) {
        let completed = Tally::new();
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).try_run(async |n| {
            for number in 0..20 {
                if number == 10 {
                    n.spawn(async { throw(7_u32) });
                }
                let completed = completed.clone();
                n.spawn(async move {
                    for _ in 0..number {
                        yield_once().await;
                    }
                    completed.add();
                    Ok::<_, &str>(())
                });
            }
            Ok(())
        })));
        assert_eq!(number(&*result.expect_err("the panic is lost")), 7);
        assert_eq!(completed.count(), 20);
    }

    /// A panic asks the siblings to end as an error does, and tells them whose it was.
    #[case("system/panic-asks-siblings-to-end", capability(Unwind), laws = [52]; scope)]
    fn panic_asks_siblings_to_end<S>(fx: &Fixture<S>) {
        let (reason, n_reason) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(None)));
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).run(async |n| {
            let keeps = Arc::clone(&reason);
            n.spawn(async move { *keeps.lock().unwrap() = Some(cancelled().await) });
            n.named("culprit").spawn(async { throw(7_u32) });
            cancelled().await;
            *n_reason.lock().unwrap() = n.cancel_reason();
        })));
        assert!(result.is_err());
        for reason in [&reason, &n_reason] {
            match &*reason.lock().unwrap() {
                Some(CancelReason::Failed(child)) => assert_eq!(child.name(), Some("culprit")),
                other => panic!("asked to end for another reason: {other:?}"),
            }
        }
    }

    /// A panic comes out rather than errors, also those that came before it.
    #[case("system/panic-outranks-errors", capability(Unwind), laws = [49]; scope)]
    fn panic_outranks_errors<S>(fx: &Fixture<S>) {
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).try_run(async |n| {
            n.spawn(async { Err("first") });
            n.spawn(async {
                cancelled().await;
                throw(7_u32)
            });
            cancelled().await;
            Err::<(), _>("third")
        })));
        assert_eq!(number(&*result.expect_err("the panic is lost")), 7);
    }

    /// Of several panics the first goes on; the others, and the errors, are reported, each once.
    #[case("system/panic-that-is-not-first-is-reported", capability(Unwind), laws = [50], isolated)]
    fn panic_that_is_not_first_is_reported<S>(fx: &Fixture<S>) {
        let texts = Arc::new(Mutex::new(Vec::new()));
        let keeps = Arc::clone(&texts);
        set_report_hook(move |report| {
            if let Report::Unreturned { child, .. } = report {
                keeps.lock().unwrap().push(format!("{:?}: {report}", child.name()));
            }
        });
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).try_run(async |n| {
            n.spawn(async { throw("first") });
            n.named("second").spawn(async {
                cancelled().await;
                throw("panic number two")
            });
            n.named("third").spawn(async {
                cancelled().await;
                Err("an error")
            });
            Ok(())
        })));
        take_report_hook();
        let payload = result.expect_err("the panic is lost");
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"first"));
        let mut texts = texts.lock().unwrap().clone();
        texts.sort();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(texts[0].contains("second") && texts[0].contains("panic number two"), "{texts:?}");
        assert!(texts[1].contains("third"), "{texts:?}");
    }

    /// With `collect_panics`, panics are failures: of one nursery's many panics at once each comes out once.
    #[case("system/panic-collected-is-a-failure", capability(Unwind), laws = [50, 53, 54]; scope)]
    fn panic_collected_is_a_failure<S>(fx: &Fixture<S>) {
        for _ in 0..10 {
            let ready = Tally::new();
            let result = fx.block_on(Builder::on(&fx.runtime()).collect_panics().try_run(async |n| {
                for number in 0..32_u32 {
                    let ready = ready.clone();
                    n.named(number.to_string()).spawn(async move {
                        ready.add();
                        ready.reached(32).await;
                        throw(number)
                    });
                }
                Ok::<_, &str>(())
            }));
            let error = result.unwrap_err();
            assert!(matches!(error.primary().kind(), FailureKind::Panicked(_)));
            let mut numbers: Vec<_> = error.into_failures().map(|failure| {
                let payload = failure.panic().expect("every child panics").inspect(number);
                assert_eq!(failure.child().name(), Some(&*payload.to_string()));
                payload
            }).collect();
            numbers.sort_unstable();
            assert!(numbers.iter().copied().eq(0..32), "{numbers:?}");
        }
    }

    /// Collected, panics and errors of children and body stand in the order in which they came.
    #[case("system/panic-collected-keeps-order", capability(Unwind), laws = [53]; scope)]
    fn panic_collected_keeps_order<S>(fx: &Fixture<S>) {
        let result = fx.block_on(Builder::on(&fx.runtime()).collect_panics().try_run(async |n| {
            n.spawn(async { Err("broken") });
            cancelled().await;
            throw(7_u32)
        }));
        let error = Result::<(), steadfast_core::NurseryError<&str>>::unwrap_err(result);
        assert_eq!(error.primary().error(), Some(&"broken"));
        let others: Vec<_> = error.others().collect();
        assert!(others.len() == 1 && others[0].is_body());
        assert_eq!(others[0].panic().map(|panic| panic.inspect(number)), Some(7));
    }

    /// A destructor of a child's future that panics is a panic of the child.
    #[case("system/panic-in-destructor-goes-on", capability(Unwind), laws = [49, 52]; scope)]
    fn panic_in_destructor_goes_on<S>(fx: &Fixture<S>) {
        let ended = Tally::new();
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).run(async |n| {
            let ended = ended.clone();
            n.spawn(async move {
                cancelled().await;
                ended.add();
            });
            n.spawn(Bomb::in_drop(7));
        })));
        assert_eq!(number(&*result.expect_err("the panic is lost")), 7);
        assert_eq!(ended.count(), 1);
    }

    /// A future that panics when polled and again when dropped: both are kept, the first one first.
    #[case("system/panic-twice-keeps-both", capability(Unwind), laws = [50]; scope)]
    fn panic_twice_keeps_both<S>(fx: &Fixture<S>) {
        let bomb = || Bomb { in_poll: Some(1), in_drop: Some(2) };
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn(bomb());
        })));
        assert_eq!(number(&*result.expect_err("the panic is lost")), 1);
        let collected = fx.block_on(Builder::on(&fx.runtime()).collect_panics().try_run(async |n| {
            n.spawn(bomb());
            Ok::<_, &str>(())
        }));
        let numbers: Vec<_> = collected.unwrap_err().into_failures().map(|failure| {
            failure.panic().expect("only panics here").inspect(number)
        }).collect();
        assert_eq!(numbers, [1, 2]);
    }

    /// A payload whose own destructor panics does no harm where nobody takes it: the first panic comes out, all are waited for.
    #[case("system/panic-with-evil-payload", capability(Unwind), laws = [57], isolated)]
    fn panic_with_evil_payload<S>(fx: &Fixture<S>) {
        let (ended, dropped) = (Tally::new(), Tally::new());
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).run(async |n| {
            let (ended, counts) = (ended.clone(), dropped.clone());
            n.spawn(async move {
                cancelled().await;
                throw(Evil(counts))
            });
            n.spawn(async move {
                cancelled().await;
                yield_once().await;
                ended.add();
            });
            let counts = dropped.clone();
            // Nobody takes this one from its handle.
            drop(n.spawn_supervised(async move { throw(Evil(counts)) }));
            n.spawn(async { throw(7_u32) });
        })));
        // An evil payload that is not expected is not to be in hand when the assertion panics.
        let number = result.expect_err("the panic is lost").downcast::<u32>().map_err(drop_evil);
        assert_eq!(number, Ok(Box::new(7)));
        assert_eq!((ended.count(), dropped.count()), (1, 2));
    }

    /// An error whose destructor panics does no harm where a panic outranks it.
    #[case("system/panic-outranks-evil-error", capability(Unwind), laws = [57], isolated)]
    fn panic_outranks_evil_error<S>(fx: &Fixture<S>) {
        let dropped = Tally::new();
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).try_run(async |n| {
            let counts = dropped.clone();
            n.spawn(async move { Err(Evil(counts)) });
            cancelled().await;
            throw(7_u32)
        })));
        let payload = result.map(|result: Result<(), _>| drop_evil(result));
        assert_eq!(number(&*payload.expect_err("the panic is lost")), 7);
        assert_eq!(dropped.count(), 1);
    }

    /// A clean-up that panics on top of another failure comes second, and the other clean-ups still run.
    #[case("system/panic-in-clean-up-comes-second", capability(Unwind), laws = [22, 58]; scope)]
    fn panic_in_clean_up_comes_second<S>(fx: &Fixture<S>) {
        for panics in [false, true] {
            let cleaned = Tally::new();
            let opening = Builder::on(&fx.runtime()).collect_panics();
            let result = fx.block_on(opening.try_run(async |n| {
                let cleaned = cleaned.clone();
                n.spawn(async move {
                    let _last = AsyncDropGuard::new(Cleans { cleaned: cleaned.clone(), panics: None });
                    let _middle = AsyncDropGuard::new(Cleans { cleaned: cleaned.clone(), panics: Some(2) });
                    let _first = AsyncDropGuard::new(Cleans { cleaned, panics: None });
                    yield_once().await;
                    if panics {
                        throw(1_u32);
                    }
                    Err("broken")
                });
                Ok(())
            }));
            let error = result.unwrap_err();
            assert_eq!(error.primary().panic().map(|panic| panic.inspect(number)), panics.then_some(1));
            assert_eq!(error.primary().error(), (!panics).then_some(&"broken"));
            let others: Vec<_> = error.others().collect();
            assert!(matches!(others[..], [one] if matches!(one.kind(), FailureKind::CleanupPanicked(_))));
            assert_eq!(others[0].panic().map(|panic| panic.inspect(number)), Some(2));
            assert_eq!(cleaned.count(), 3);
        }
    }

    /// A panic while a clean-up is still to come: the panic goes on once the clean-up is done, and not before.
    #[case("system/panic-waits-for-clean-up", capability(Unwind), laws = [49]; scope)]
    fn panic_waits_for_clean_up<S>(fx: &Fixture<S>) {
        let cleaned = Tally::new();
        let result = fx.block_on(caught(Builder::on(&fx.runtime()).run(async |n| {
            let (in_child, in_body) = (cleaned.clone(), cleaned.clone());
            let _guard = AsyncDropGuard::new(Cleans { cleaned: in_body, panics: None });
            n.spawn(async move {
                let _guard = AsyncDropGuard::new(Cleans { cleaned: in_child, panics: None });
                throw(7_u32)
            });
            cancelled().await;
        })));
        assert_eq!(number(&*result.expect_err("the panic is lost")), 7);
        assert_eq!(cleaned.count(), 2);
    }
}

/// Panics with `payload`, without the noise of a panic hook.
pub(in crate::system) fn throw(payload: impl Any + Send) -> ! {
    resume_unwind(Box::new(payload))
}

/// Runs `future`; its panic is the error.
pub(in crate::system) async fn caught<F: Future>(
    future: F,
) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    })
    .await
}

/// What [`throw`] was given, where that was a number.
fn number(payload: &(dyn Any + Send)) -> u32 {
    *payload.downcast_ref().expect("the payload is another one")
}

/// A future that panics when it is polled, when it is dropped, or both.
pub(in crate::system) struct Bomb {
    in_poll: Option<u32>,
    in_drop: Option<u32>,
}

impl Bomb {
    pub(in crate::system) fn in_drop(payload: u32) -> Self {
        Self {
            in_poll: None,
            in_drop: Some(payload),
        }
    }
}

impl Future for Bomb {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.in_poll
            .take()
            .map_or(Poll::Ready(()), |payload| throw(payload))
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if let Some(payload) = self.in_drop.take() {
            throw(payload);
        }
    }
}

/// Panics when it is dropped.
struct Evil(Tally);

impl Drop for Evil {
    fn drop(&mut self) {
        self.0.add();
        throw("an evil destructor");
    }
}

/// Drops what may panic then. It is not leaked, which would show where the case is broken off.
fn drop_evil<T>(evil: T) {
    catch_unwind(AssertUnwindSafe(|| drop(evil))).unwrap_or_else(std::mem::forget);
}

/// Counts its clean-up, after a while, and may panic then.
struct Cleans {
    cleaned: Tally,
    panics: Option<u32>,
}

impl AsyncDrop for Cleans {
    async fn async_drop(self: Pin<&mut Self>) {
        yield_once().await;
        self.cleaned.add();
        if let Some(payload) = self.panics {
            throw(payload);
        }
    }
}
