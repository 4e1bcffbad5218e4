//! Wakes from other threads, while a scope goes to sleep or is gone.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use loom::future::block_on;
use loom::thread;

use super::model;
use super::runtime::{Deed, Flag, Threads, poll_once};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::{Builder, FutureExt};

#[test]
fn a_wake_meets_a_scope_that_goes_to_sleep() {
    model(3, |threads| {
        let (deed, flag) = (Deed::default(), Flag::new());
        let (theirs, raised) = (deed.clone(), flag.clone());
        let raiser = thread::spawn(move || {
            theirs.done();
            raised.raise();
        });
        block_on(Builder::on(threads).scope(|s| {
            s.spawn(async { flag.raised().await });
            async {}
        }));
        assert_eq!(deed.seen(), 1);
        raiser.join().expect("it does not panic");
    });
}

#[test]
fn two_wakes_meet_in_one_scope() {
    model(2, |threads| {
        let flags = [Flag::new(), Flag::new()];
        let raisers = flags
            .clone()
            .map(|flag| thread::spawn(move || flag.raise()));
        block_on(Builder::on(threads).scope(|s| {
            for flag in &flags {
                s.spawn(flag.raised());
            }
            async {}
        }));
        for raiser in raisers {
            raiser.join().expect("it does not panic");
        }
    });
}

/// A child is woken twice before it is polled: the poll sees what came before either wake, also before the one that found the
/// child listed.
#[test]
fn two_wakes_meet_in_one_child() {
    model(2, |threads| {
        let deed = Deed::default();
        let mut wakers = Vec::new();
        block_on(Builder::on(threads).scope(|s| {
            s.spawn(poll_fn(|cx| {
                if wakers.is_empty() {
                    let (first, second) = (cx.waker().clone(), cx.waker().clone());
                    let theirs = deed.clone();
                    wakers.push(thread::spawn(move || first.wake()));
                    wakers.push(thread::spawn(move || {
                        theirs.done();
                        second.wake();
                    }));
                }
                match deed.seen() {
                    0 => Poll::Pending,
                    _ => Poll::Ready(()),
                }
            }));
            async {}
        }));
        for waker in wakers {
            waker.join().expect("it does not panic");
        }
    });
}

/// A waker outlives the scope, and is used and dropped elsewhere: what it holds is freed once, without the future.
#[test]
fn a_wake_meets_the_drop_of_the_scope() {
    model(3, |threads| {
        let deed = Deed::default();
        let capture = deed.by_drop();
        let mut waker = None;
        let mut scope = Box::pin(Builder::on(threads).scope(|s| {
            s.spawn(poll_fn(|cx| {
                _ = &capture;
                waker = Some(thread::spawn({
                    let waker = cx.waker().clone();
                    move || waker.wake()
                }));
                Poll::<()>::Pending
            }));
            async {}
        }));
        let mut polled = false;
        block_on(poll_fn(|cx| {
            if !std::mem::replace(&mut polled, true) {
                assert!(std::future::Future::poll(scope.as_mut(), cx).is_pending());
            }
            Poll::Ready(())
        }));
        drop(scope);
        waker
            .expect("the child was polled")
            .join()
            .expect("it does not panic");
        drop(capture);
        assert_eq!(deed.seen(), 1);
    });
}

/// Work that must complete is dropped elsewhere, while the scope goes to sleep: it finds the work, and polls it to its end.
#[test]
fn an_adoption_meets_a_scope_that_goes_to_sleep() {
    model(2, |threads| adopt(threads, 1));
}

/// Two of them, so that one may come while the scope lets the other one in.
#[test]
fn an_adoption_meets_a_scope_that_lets_another_one_in() {
    model(2, |threads| adopt(threads, 2));
}

fn adopt(threads: &Threads, count: usize) {
    let (deed, done) = (Deed::default(), Flag::new());
    let last = Arc::new(AtomicUsize::new(count));
    let mut dropper = None;
    block_on(Builder::on(threads).scope(|s| {
        let works = [(); 2].map(|()| (deed.clone(), done.clone(), Arc::clone(&last)));
        let (dropper, done) = (&mut dropper, &done);
        s.spawn(async move {
            let mut adopted = Vec::new();
            for (deed, done, last) in works.into_iter().take(count) {
                let mut work = Box::pin(
                    async move {
                        crate::yield_now().await;
                        deed.done();
                        if last.fetch_sub(1, Ordering::AcqRel) == 1 {
                            done.raise();
                        }
                    }
                    .must_complete(),
                );
                assert!(poll_once(&mut work).await.is_none());
                adopted.push(work);
            }
            *dropper = Some(thread::spawn(move || drop(adopted)));
            done.raised().await;
        });
        async {}
    }));
    assert_eq!(deed.seen(), count);
    let dropper = dropper.expect("the child ran");
    dropper.join().expect("it does not panic");
}
