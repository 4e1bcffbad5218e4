//! Turns and places: what waiting costs, whom an end wakes, and who is next.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use steadfast_core::{Builder, ChildState, yield_now};

use super::cancel::poll_with;
use crate::probe::{CountingWaker, Gate, Probe, yield_once};

crate::suite::cases! {
    system_waiting_tests in system;

    /// The exit of an empty nursery costs no turn; a body that wants to give one yields, for one wake and one poll more.
    #[case("system/exit-of-empty-nursery-yields-on-demand", must, laws = [5])]
    fn exit_of_empty_nursery_yields_on_demand<S>(fx: &Fixture<S>) {
        let (wakes, rt) = (CountingWaker::new(), fx.runtime());
        let mut at_once = pin!(Builder::on(&rt).run(async |_| 7));
        assert_eq!((poll_with(at_once.as_mut(), &wakes), wakes.wakes()), (Poll::Ready(7), 0));
        let mut after_a_turn = pin!(Builder::on(&rt).run(async |_| {
            yield_now().await;
            7
        }));
        assert_eq!((poll_with(after_a_turn.as_mut(), &wakes), wakes.wakes()), (Poll::Pending, 1));
        assert_eq!((poll_with(after_a_turn.as_mut(), &wakes), wakes.wakes()), (Poll::Ready(7), 1));
    }

    /// Many wait for one child; its end wakes each of them once.
    #[case("system/waiting-in-a-crowd-wakes-each-once", must, laws = [17])]
    fn waiting_in_a_crowd_wakes_each_once<S>(fx: &Fixture<S>) {
        let wakers: Vec<_> = (0..8).map(|_| CountingWaker::new()).collect();
        let wakes = || wakers.iter().map(CountingWaker::wakes).collect::<Vec<_>>();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let go = Gate::new();
            let child = Arc::new(n.spawn_with_handle(go.wait()));
            let mut crowd: Vec<_> = wakers.iter().map(|_| {
                let child = Arc::clone(&child);
                Box::pin(async move { child.wait().await })
            }).collect();
            for (waits, waker) in crowd.iter_mut().zip(&wakers) {
                assert_eq!(poll_with(waits.as_mut(), waker), Poll::Pending);
            }
            assert_eq!(wakes(), [0; 8]);
            go.open();
            // Whoever has left the nursery has told everybody before.
            while !n.is_empty() {
                yield_once().await;
            }
            assert_eq!(wakes(), [1; 8]);
            for (waits, waker) in crowd.iter_mut().zip(&wakers) {
                assert_eq!(poll_with(waits.as_mut(), waker), Poll::Ready(ChildState::Done));
            }
            assert_eq!(wakes(), [1; 8]);
        }));
    }

    /// A place under the limit that was granted to somebody who leaves before taking it goes to the next who waits.
    #[case("system/waiting-for-a-place-passes-it-on", must, laws = [259])]
    fn waiting_for_a_place_passes_it_on<S>(fx: &Fixture<S>) {
        let (leaves, stays) = (Probe::new(&fx.faults()), Probe::new(&fx.faults()));
        let wakers = [CountingWaker::new(), CountingWaker::new()];
        let wakes = || wakers.each_ref().map(CountingWaker::wakes);
        fx.block_on(Builder::on(&fx.runtime()).limit(1).run(async |n| {
            let go = Gate::new();
            n.spawn(go.wait());
            let mut first = Box::pin(n.spawn_when_free(leaves.ready()));
            let mut second = Box::pin(n.spawn_when_free(stays.ready()));
            assert!(poll_with(first.as_mut(), &wakers[0]).is_pending());
            assert!(poll_with(second.as_mut(), &wakers[1]).is_pending());
            go.open();
            while !n.is_empty() {
                yield_once().await;
            }
            assert_eq!(wakes(), [1, 0], "the place is the first one's");
            drop(first);
            assert_eq!(wakes(), [1, 1], "nobody else was told");
            assert!(second.await.is_ok());
        }));
        assert_eq!((leaves.polls().count(), leaves.drops().count()), (0, 1));
        assert_eq!((stays.polls().count(), stays.drops().count()), (1, 1));
    }
}
