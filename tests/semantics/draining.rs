//! Spawning by a handle from outside, while the nursery waits for its children.

use steadfast::nursery;
use steadfast_conformance::probe::{Gate, OnDrop, Tally};

const CHILDREN: usize = 100;

#[steadfast::test]
async fn a_thread_spawns_while_the_nursery_drains() {
    let (body_ended, all_spawned, finished) = (Gate::new(), Gate::new(), Tally::new());
    let (closed, thread) = nursery(async |n| {
        let ended = body_ended.clone();
        let _ends_with_the_body = OnDrop::new(move || ended.open());
        n.spawn(all_spawned.wait());
        let handle = n.clone();
        let (body_ended, all_spawned) = (body_ended.clone(), all_spawned.clone());
        let finished = finished.clone();
        let thread = std::thread::spawn(move || {
            body_ended.wait_blocking();
            for _ in 0..CHILDREN {
                let finished = finished.clone();
                assert!(n.spawn(async move { _ = finished.add() }).is_ok());
            }
            all_spawned.open();
        });
        (handle, thread)
    })
    .await;
    assert_eq!(finished.count(), CHILDREN);
    thread.join().expect("every spawn was taken");
    assert!(closed.is_closed());
    let late = closed.spawn(async move { _ = finished.add() });
    let future = late.into_refused().expect("the nursery is closed");
    future.await;
}
