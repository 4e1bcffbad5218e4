//! S: what `select!` and its family stop, freeze or lose.
//!
//! S1 is M6, S17 is among the rejected programs of the facade.

use std::cell::{Cell, RefCell};
use std::future::{pending, ready};
use std::panic::AssertUnwindSafe;
use std::pin::pin;

use futures_util::{FutureExt as _, StreamExt, stream};
use steadfast::flow::{StreamBridge, iter, once, repeated};
use steadfast::{
    Flow, FutureExt, assert_cancel_safe, for_await, join, merge, race, timeout, try_join,
};
use tokio::sync::{Mutex, mpsc};
use tokio::time::sleep;

use crate::probe::{Count, Lock, ends, hangs, ms, ticks, turn};

#[tokio::test(start_paused = true)]
async fn s02_a_message_is_kept_when_there_was_no_room_in_time() {
    let (sender, mut receiver) = mpsc::channel(1);
    sender.send(1).await.unwrap();
    let raw = tokio::time::timeout(ms(5), sender.send(2)).await;
    assert!(raw.is_err());
    assert_eq!(receiver.recv().await, Some(1));
    assert!(
        receiver.try_recv().is_err(),
        "the message has been lost with the future"
    );

    sender.send(1).await.unwrap();
    let message = String::from("kept");
    let place = timeout(ms(5), assert_cancel_safe(sender.reserve())).await;
    assert!(place.is_err());
    receiver.recv().await;
    let place = timeout(ms(5), assert_cancel_safe(sender.reserve())).await;
    place.unwrap().unwrap().send(message.len());
    assert_eq!(receiver.recv().await, Some(4));
}

#[tokio::test(start_paused = true)]
async fn s04_a_read_that_takes_long_is_not_torn() {
    /// Reads a header of four bytes, which come one by one.
    async fn header(bytes: &mut mpsc::Receiver<u8>) -> Option<Vec<u8>> {
        let mut header = Vec::new();
        while header.len() < 4 {
            header.push(bytes.recv().await?);
        }
        Some(header)
    }
    async fn run(write: mpsc::Sender<u8>) {
        for byte in *b"HEADbody" {
            write.send(byte).await.unwrap();
            sleep(ms(3)).await;
        }
    }
    let (write, mut bytes) = mpsc::channel(8);
    let writer = tokio::spawn(run(write));
    let mut raw = Vec::new();
    for _ in 0..5 {
        if let Ok(Some(header)) = tokio::time::timeout(ms(7), header(&mut bytes)).await {
            raw.push(header);
        }
    }
    writer.await.unwrap();
    assert!(!raw.contains(&b"HEAD".to_vec()));

    let (write, mut bytes) = mpsc::channel(8);
    let writer = tokio::spawn(run(write));
    let (mut headers, mut late) = (Vec::new(), 0);
    merge! {
        found in repeated(|| header(&mut bytes)) => match found {
            Some(header) => headers.push(header),
            None => break,
        },
        _ in ticks(ms(7), 3) => late += 1,
    }
    .await;
    writer.await.unwrap();
    assert_eq!(
        (headers, late),
        (vec![b"HEAD".to_vec(), b"body".to_vec()], 3)
    );
}

#[tokio::test(start_paused = true)]
async fn s06_an_invariant_is_not_left_broken() {
    async fn update(state: &Mutex<Option<u32>>) {
        let mut state = state.lock().await;
        let value = state.take().expect("a valid state");
        sleep(ms(10)).await;
        *state = Some(value + 1);
    }
    let state = Mutex::new(Some(0));
    let raw = tokio::time::timeout(ms(5), update(&state)).await;
    assert!(raw.is_err());
    assert_eq!(*state.lock().await, None);

    let state = Mutex::new(Some(0));
    let mut ticked = 0;
    merge! {
        on_exit: finish;
        repeated(|| update(&state)) => (),
        n in ticks(ms(5), 9) => {
            ticked += 1;
            if n == 4 {
                break;
            }
        }
    }
    .await;
    assert_eq!((*state.lock().await, ticked), (Some(3), 5));
}

#[tokio::test(start_paused = true)]
async fn s07_a_place_in_the_queue_is_kept() {
    let lock = Lock::default();
    let busy = |lock: &Lock| {
        let lock = lock.clone();
        tokio::spawn(async move {
            loop {
                lock.hold().await;
            }
        })
    };
    let others = [busy(&lock), busy(&lock), busy(&lock)];
    turn().await;
    let mut acquired = 0;
    for _ in 0..50 {
        tokio::select! {
            () = lock.hold() => acquired += 1,
            () = sleep(ms(5)) => {}
        }
    }
    assert_eq!(acquired, 0);

    merge! {
        on_exit: drop;
        repeated(|| lock.hold()) => acquired += 1,
        n in ticks(ms(5), 50) => if n == 49 { break },
    }
    .await;
    assert!(acquired >= 5, "{acquired}");
    others.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(start_paused = true)]
async fn s09_a_loop_around_a_timeout_does_not_freeze_its_future() {
    let lock = Lock::default();
    let raw = hangs(async {
        let mut held = pin!(lock.hold());
        while tokio::time::timeout(ms(5), &mut held).await.is_err() {
            lock.hold().await;
        }
    });
    assert!(raw.await);

    let lock = Lock::default();
    let mut late = 0;
    ends(async {
        merge! {
            () in once(lock.hold()) => break,
            repeated(|| sleep(ms(5))) => {
                late += 1;
                lock.hold().await;
            }
        }
        .await;
    })
    .await;
    assert_eq!(late, 1);
}

#[tokio::test(start_paused = true)]
async fn s10_cancelling_next_does_not_freeze_the_source() {
    let lock = Lock::default();
    let raw = hangs(async {
        let mut source = pin!(stream::once(lock.hold()));
        let _ = tokio::time::timeout(ms(5), source.next()).await;
        lock.hold().await;
    });
    assert!(raw.await);

    let lock = Lock::default();
    ends(async {
        merge! {
            biased;
            () in stream::once(lock.hold()).assume_serial() => {}
            () in once(sleep(ms(5))) => lock.hold().await,
        }
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn s14_a_reserved_place_of_a_channel_is_not_frozen() {
    let raw = hangs(async {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.send(0).await.unwrap();
        let mut send = pin!(sender.send(1));
        tokio::select! {
            biased;
            _ = &mut send => {}
            () = sleep(ms(5)) => {
                receiver.recv().await;
                // The free place belongs to the first `send`, which nobody polls.
                sender.send(2).await.unwrap();
            }
        }
    });
    assert!(raw.await);

    let (sender, receiver) = mpsc::channel(1);
    sender.send(0).await.unwrap();
    let receiver = RefCell::new(receiver);
    ends(async {
        merge! {
            sent in once(sender.send(1)) => sent.unwrap(),
            _ in ticks(ms(5), 1) => {
                receiver.borrow_mut().try_recv().unwrap();
                sleep(ms(1)).await;
                receiver.borrow_mut().try_recv().unwrap();
                sender.send(2).await.unwrap();
            }
        }
        .await;
    })
    .await;
    assert_eq!(receiver.borrow_mut().try_recv(), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn s15_siblings_of_a_failure_finish() {
    let cleaned = Cell::new(false);
    let sibling = || async {
        sleep(ms(10)).await;
        cleaned.set(true);
        Ok::<(), &str>(())
    };
    let raw = tokio::try_join!(async { Err::<(), _>("no") }, sibling());
    assert_eq!((raw, cleaned.get()), (Err("no"), false));

    let ours = try_join!(async { Err::<(), _>("no") }, sibling()).await;
    assert_eq!((ours, cleaned.get()), (Err("no"), true));

    // One that gives way does so at once.
    let start = tokio::time::Instant::now();
    let gives_way = async {
        let waited = sleep(ms(1000)).or_cancelled().await;
        waited.map_err(|_| "gave way")
    };
    let fails = async {
        sleep(ms(5)).await;
        Err::<(), _>("first")
    };
    let ours = try_join!(gives_way, fails).await;
    assert_eq!((ours, start.elapsed()), (Err("first"), ms(5)));
}

#[tokio::test(start_paused = true)]
async fn s16_shutdown_is_seen_beside_an_arm_that_is_always_ready() {
    let mut items = 0;
    for _ in 0..10_000 {
        tokio::select! {
            biased;
            () = ready(()) => items += 1,
            () = sleep(ms(1)) => panic!("shutdown was seen"),
        }
    }
    assert_eq!(items, 10_000);

    let shutdown = merge! {
        _ in iter(0..) => {}
        () in once(ready(())) => break "seen",
        done => "not seen",
    }
    .await;
    assert_eq!(shutdown, "seen");
}

#[tokio::test(start_paused = true)]
async fn s18_a_notification_is_not_lost_between_turns() {
    let notify = tokio::sync::Notify::new();
    let mut seen = 0;
    for _ in 0..3 {
        tokio::select! {
            biased;
            () = notify.notified() => seen += 1,
            () = sleep(ms(1)) => {}
        }
        // Nobody waits at this moment.
        notify.notify_waiters();
    }
    assert_eq!(seen, 0);

    merge! {
        () in once(notify.notified()) => {
            seen += 1;
            break;
        }
        repeated(|| sleep(ms(1))) => notify.notify_waiters(),
    }
    .await;
    assert_eq!(seen, 1);
}

#[tokio::test(start_paused = true)]
async fn s19_an_interval_beside_a_quick_source_ticks() {
    let mut ticked = 0;
    for _ in 0..50 {
        tokio::select! {
            () = sleep(ms(5)) => ticked += 1,
            () = sleep(ms(4)) => {}
        }
    }
    assert_eq!(ticked, 0);

    merge! {
        repeated(|| sleep(ms(5))) => ticked += 1,
        n in ticks(ms(4), 50) => if n == 49 { break },
    }
    .await;
    assert!(ticked >= 38, "{ticked}");
}

// S20 is the test of preconditions in `merge`.

#[tokio::test(start_paused = true)]
async fn s23_with_all_arms_off_the_loop_ends() {
    let raw = AssertUnwindSafe(async {
        tokio::select! {
            () = pending::<()>(), if false => {}
        }
    });
    assert!(raw.catch_unwind().await.is_err());

    let value = ends(merge! {
        _ in iter(0..3), if false => break 1,
        done => 2,
    })
    .await;
    assert_eq!(value, 2);
}

#[tokio::test(start_paused = true)]
async fn s24_siblings_of_a_panic_finish() {
    let finished = Count::default();
    let sibling = || async {
        sleep(ms(10)).await;
        finished.add();
    };
    let raw = AssertUnwindSafe(async { tokio::join!(async { panic!("one") }, sibling()) });
    assert!(raw.catch_unwind().await.is_err());
    assert_eq!(finished.get(), 0);

    let ours = AssertUnwindSafe(join!(async { panic!("one") }, sibling()))
        .catch_unwind()
        .await;
    assert_eq!(ours.unwrap_err().downcast_ref(), Some(&"one"));
    let tried = try_join!(async { panic!("two") }, async {
        sibling().await;
        Ok::<(), ()>(())
    });
    let ours = AssertUnwindSafe(async {
        let _: Result<((), ()), ()> = tried.await;
    })
    .catch_unwind()
    .await;
    assert_eq!(ours.unwrap_err().downcast_ref(), Some(&"two"));
    assert_eq!(finished.get(), 2);
}

#[tokio::test(start_paused = true)]
async fn s25_an_event_that_was_taken_is_persisted() {
    async fn next_event(
        queue: &RefCell<std::ops::Range<u32>>,
        stored: &RefCell<Vec<u32>>,
    ) -> Option<u32> {
        let event = queue.borrow_mut().next()?;
        sleep(ms(10)).await;
        stored.borrow_mut().push(event);
        Some(event)
    }
    let (queue, stored) = (RefCell::new(0..4), RefCell::default());
    for _ in 0..4 {
        tokio::select! {
            _ = next_event(&queue, &stored) => {}
            () = sleep(ms(5)) => {}
        }
    }
    assert!(stored.borrow().is_empty() && queue.borrow().is_empty());

    let (queue, stored) = (RefCell::new(0..4), RefCell::default());
    merge! {
        event in repeated(|| next_event(&queue, &stored)) => if event.is_none() { break },
        _ in ticks(ms(5), 100) => {}
    }
    .await;
    assert_eq!(*stored.borrow(), [0, 1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_race_drops_its_losers_before_it_returns() {
    let dropped = Count::default();
    let guard = dropped.on_drop();
    let loser = assert_cancel_safe(async move {
        let _guard = guard;
        pending::<u32>().await
    });
    let mut race = pin!(race!(
        loser,
        assert_cancel_safe(async {
            sleep(ms(1)).await;
            7
        })
    ));
    assert_eq!((race.as_mut().await, dropped.get()), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_lost_at_an_exit_is_reported() {
    let reports = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let to = reports.clone();
    steadfast::set_report_hook(move |report| to.lock().unwrap().push(report.to_string()));
    let leave = async || {
        merge! {
            repeated(|| async { sleep(ms(100)).await; }) => {}
            _ in ticks(ms(1), 2) => break,
        }
        .await;
    };
    leave().await;
    let here = |reports: &[String]| {
        reports
            .iter()
            .filter(|text| text.contains("select.rs") && text.contains("on_exit"))
            .count()
    };
    assert_eq!(here(&reports.lock().unwrap()), 1);

    // What may be dropped is not reported.
    merge! {
        repeated(|| steadfast::sleep(ms(100))) => {}
        _ in ticks(ms(1), 2) => break,
    }
    .await;
    // Nor is what somebody else drops.
    let outside = async {
        merge! { repeated(|| async { sleep(ms(100)).await; }) => {} }.await;
    };
    let _ = timeout(ms(5), assert_cancel_safe(outside)).await;
    for_await!(_n in ticks(ms(1), 5) => break);
    assert_eq!(here(&reports.lock().unwrap()), 1);
    steadfast::take_report_hook();
    let _ = repeated(|| ready(())).take(1).collect::<Vec<()>>().await;
}
