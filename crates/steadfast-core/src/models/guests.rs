//! Guests, who are polled by somebody of whom the nursery does not know, while it closes or asks them to end.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use loom::future::block_on;
use loom::thread;

use super::runtime::{Deed, end_the_grace};
use super::{model, race};
use crate::{AsyncDrop, AsyncDropGuard, Builder, CancelReason, Invitation};

/// Takes the invitation up on a thread of its own. `true` if there was room.
fn visit<F>(invitation: Invitation, future: F) -> thread::JoinHandle<bool>
where
    F: Future<Output = ()> + 'static,
{
    thread::spawn(move || match invitation.task(future) {
        Ok(guest) => {
            block_on(guest).expect("nobody drops it");
            true
        }
        Err(_unpolled) => false,
    })
}

/// The nursery has returned: a guest that was taken has come to its end, and one that was not never runs. `true` if it was.
fn check(visitor: thread::JoinHandle<bool>, deed: &Deed) -> bool {
    let seen = deed.seen();
    let taken = visitor.join().expect("it does not panic");
    assert_eq!(seen, usize::from(taken), "taken: {taken}");
    assert_eq!(deed.seen(), seen, "a guest that was refused has run");
    taken
}

#[test]
fn an_entry_meets_the_end_of_the_body() {
    race(3, |threads| {
        let deed = Deed::default();
        let visitor = block_on(Builder::on(threads).run(|n| {
            let theirs = deed.clone();
            let visitor = visit(Invitation::of(&n), async move { theirs.done() });
            async move { visitor }
        }));
        check(visitor, &deed)
    });
}

/// The nursery of the invitation has closed, and the one around closes: the guest belongs to that one, or to nobody. What is left of
/// that one is kept, for else Loom would never learn that the guest looks for it.
#[test]
fn an_entry_meets_the_close_of_the_nursery_around() {
    race(2, |threads| {
        let (deed, runtime) = (Deed::default(), threads.clone());
        let theirs = deed.clone();
        let (visitor, _kept) = block_on(Builder::on(threads).run(|n| async move {
            let inner = Builder::on(&runtime).run(|n| async move { Invitation::of(&n) });
            let visitor = visit(inner.await, async move { theirs.done() });
            (visitor, n)
        }));
        check(visitor, &deed)
    });
}

/// The same with a root, and an entry of its own.
#[test]
fn an_entry_meets_the_end_of_the_root() {
    race(2, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        let main = async move {
            let invitation = Invitation::here().expect("the root is around");
            visit(invitation, async move { theirs.done() })
        };
        let visitor = Builder::on(threads).block_on(threads, main);
        check(visitor, &deed)
    });
}

#[test]
fn the_exit_comes_after_the_captures_of_the_last_guest() {
    model(3, |threads| {
        let deed = Deed::default();
        let capture = deed.by_drop();
        // Not an async block: that drops what it owns in its last poll.
        let work = poll_fn(move |_| {
            _ = &capture;
            Poll::Ready(())
        });
        let host = block_on(Builder::on(threads).run(|n| async move {
            let guest = Invitation::of(&n).task(work).ok().expect("it is open");
            thread::spawn(move || _ = block_on(guest))
        }));
        assert_eq!(deed.seen(), 1);
        host.join().expect("it does not panic");
    });
}

/// Whoever holds the guest drops it, and does not poll it.
#[test]
fn the_exit_comes_after_the_drop_of_the_last_guest() {
    model(3, |threads| {
        let deed = Deed::default();
        let capture = deed.by_drop();
        let host = block_on(Builder::on(threads).run(|n| async move {
            let work = async move { drop(capture) };
            let guest = Invitation::of(&n).task(work).ok().expect("it is open");
            thread::spawn(move || drop(guest))
        }));
        assert_eq!(deed.seen(), 1);
        host.join().expect("it does not panic");
    });
}

#[test]
fn the_exit_comes_after_blocking_work() {
    model(3, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        let host = block_on(Builder::on(threads).run(|n| async move {
            let work = move || theirs.done();
            let guest = Invitation::of(&n).work(work).ok().expect("it is open");
            thread::spawn(move || guest.run())
        }));
        assert_eq!(deed.seen(), 1);
        host.join().expect("it does not panic");
    });
}

/// The request reaches the guest whether it comes before the entry, before the first poll or while the guest goes to sleep.
#[test]
fn a_request_meets_an_entry() {
    race(2, |threads| {
        let deed = Deed::default();
        let visitor = block_on(Builder::on(threads).run(|n| {
            let theirs = deed.clone();
            let visitor = visit(Invitation::of(&n), async move {
                assert!(matches!(
                    crate::cancelled().await,
                    CancelReason::Requested(_)
                ));
                theirs.done();
            });
            n.cancel("enough");
            async move { visitor }
        }));
        check(visitor, &deed)
    });
}

/// A guest that ignores the request gives way when its grace is over, also if that is while it goes to sleep.
#[test]
fn an_abort_meets_a_guest_that_goes_to_sleep() {
    model(2, |threads| {
        let deed = Deed::default();
        let capture = deed.by_drop();
        let grace = Builder::on(threads).grace(Duration::from_secs(1));
        let host = block_on(grace.run(|n| async move {
            let work = async move {
                let _capture = capture;
                pending::<()>().await;
            };
            let guest = Invitation::of(&n).task(work).ok().expect("it is open");
            let host = thread::spawn(move || block_on(guest).expect_err("it never ends by itself"));
            end_the_grace();
            host
        }));
        assert_eq!(deed.seen(), 1);
        drop(host.join().expect("it does not panic"));
    });
}

/// A clean-up that a dropped guest owes goes to the nursery, whose body ends meanwhile: it is run there, once.
#[test]
fn a_clean_up_of_a_dropped_guest_meets_the_exit() {
    model(2, |threads| {
        let deed = Deed::default();
        let value = Released(deed.clone());
        let host = block_on(Builder::on(threads).run(|n| async move {
            let guard = AsyncDropGuard::new(value);
            let work = async move { drop(guard) };
            let guest = Invitation::of(&n).task(work).ok().expect("it is open");
            thread::spawn(move || drop(guest))
        }));
        assert_eq!(deed.seen(), 1);
        host.join().expect("it does not panic");
    });
}

struct Released(Deed);

impl AsyncDrop for Released {
    async fn async_drop(self: Pin<&mut Self>) {
        self.0.done();
    }
}
