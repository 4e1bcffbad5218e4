//! S: what `select!` and its family stop, freeze or lose.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{pending, poll_fn, ready};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::rc::Rc;

use futures_util::{FutureExt as _, Sink, SinkExt, StreamExt, future, sink, stream};
use steadfast::flow::{StreamBridge, iter, once};
use steadfast::io::tokio::{ReadOn, SendFrom, WriteOn};
use steadfast::io::{ReadExact, Unsent, WriteAll};
use steadfast::{
    ChildState, FutureExt, assert_cancel_safe, for_await, join, merge, nursery, race, scope,
    scope_local, timeout,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep};

use crate::probe::{
    Count, Lock, collect_reports, ends, hangs, ms, reports_with, takes, ticks, turn,
};

#[tokio::test(start_paused = true)]
async fn s01_what_an_operation_has_taken_is_delivered() {
    #[derive(Default)]
    struct Line {
        taken: Count,
        delivered: Count,
        completed: Count,
    }
    async fn operation(line: &Line) {
        let items = [line.taken.add(), line.taken.add()];
        for () in items {
            sleep(ms(3)).await;
            line.delivered.add();
        }
        line.completed.add();
    }
    let counts = |line: &Line| (line.taken.get(), line.delivered.get(), line.completed.get());
    let line = Line::default();
    for _ in 0..5 {
        tokio::select! {
            () = operation(&line) => {}
            () = sleep(ms(5)) => {}
        }
    }
    assert_eq!(
        counts(&line),
        (10, 5, 0),
        "select no longer stops its losers"
    );

    let line = Line::default();
    merge! {
        on_exit: finish;
        repeated(|| operation(&line)) => (),
        n in ticks(ms(5), 5) => if n == 4 { break },
    }
    .await;
    assert_eq!(counts(&line), (10, 10, 5));
}

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

    // The same in one step.
    sender.send(1).await.unwrap();
    let mut message = Unsent::new(2);
    assert!(
        timeout(ms(5), sender.send_from(&mut message))
            .await
            .is_err()
    );
    assert!(!message.is_sent());
    receiver.recv().await;
    timeout(ms(5), sender.send_from(&mut message))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(receiver.recv().await, Some(2));
}

#[tokio::test(start_paused = true)]
async fn s03_a_message_is_kept_when_its_sink_had_no_room_in_time() {
    fn sink(sender: mpsc::Sender<u32>) -> impl Sink<u32, Error = ()> + Unpin {
        Box::pin(sink::unfold(sender, async |sender, message| {
            sender.send(message).await.map_err(drop)?;
            Ok(sender)
        }))
    }
    let (sender, mut receiver) = mpsc::channel(1);
    let mut raw = sink(sender);
    let mut in_time = 0;
    for message in 0..3 {
        let sent = tokio::time::timeout(ms(5), raw.send(message)).await;
        in_time += u32::from(sent.is_ok());
    }
    assert_eq!(in_time, 1);
    let mut arrived = vec![receiver.recv().await.unwrap()];
    raw.flush().await.unwrap();
    drop(raw);
    while let Some(message) = receiver.recv().await {
        arrived.push(message);
    }
    assert_eq!(
        arrived,
        [0, 1],
        "the last one has been lost on its way into the sink"
    );

    // First room, which is nobody's message, then the message, without an await.
    let (sender, mut receiver) = mpsc::channel(1);
    let mut ours = sink(sender);
    let mut unsent = VecDeque::from([0, 1, 2]);
    for _ in 0..3 {
        let room = poll_fn(|cx| ours.poll_ready_unpin(cx));
        if timeout(ms(5), assert_cancel_safe(room)).await.is_ok() {
            ours.start_send_unpin(unsent.pop_front().unwrap()).unwrap();
        }
        let _ = timeout(ms(5), assert_cancel_safe(ours.flush())).await;
    }
    assert_eq!(unsent, [2]);
    let mut arrived = vec![receiver.recv().await.unwrap()];
    ours.flush().await.unwrap();
    ours.start_send_unpin(unsent.pop_front().unwrap()).unwrap();
    arrived.push(receiver.recv().await.unwrap());
    ours.flush().await.unwrap();
    arrived.push(receiver.recv().await.unwrap());
    assert_eq!(arrived, [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn s04_a_read_that_is_given_up_loses_no_byte() {
    let (mut write, mut read) = tokio::io::duplex(64);
    let mut header = [0; 4];
    write.write_all(b"HE").await.unwrap();
    let raw = tokio::time::timeout(ms(5), read.read_exact(&mut header)).await;
    assert!(raw.is_err());
    write.write_all(b"ADbody").await.unwrap();
    read.read_exact(&mut header).await.unwrap();
    assert_eq!(&header, b"ADbo", "the first bytes are gone");

    let (mut write, mut read) = tokio::io::duplex(64);
    let mut header = ReadExact::new([0; 4]);
    write.write_all(b"HE").await.unwrap();
    assert!(timeout(ms(5), read.read_on(&mut header)).await.is_err());
    write.write_all(b"ADbody").await.unwrap();
    read.read_on(&mut header).await.unwrap();
    assert_eq!(&header.into_inner(), b"HEAD");
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
async fn s05_a_write_that_takes_long_is_not_repeated_from_the_start() {
    async fn read_slowly(mut read: DuplexStream) -> Vec<u8> {
        let (mut all, mut some) = (Vec::new(), [0; 4]);
        loop {
            sleep(ms(7)).await;
            match read.read(&mut some).await.unwrap() {
                0 => return all,
                count => all.extend_from_slice(&some[..count]),
            }
        }
    }
    let (mut write, read) = tokio::io::duplex(4);
    let reader = tokio::spawn(read_slowly(read));
    let raw = tokio::time::timeout(ms(5), write.write_all(b"HELLOWORLD")).await;
    assert!(raw.is_err());
    write.write_all(b"HELLOWORLD").await.unwrap();
    drop(write);
    assert_eq!(reader.await.unwrap(), b"HELLHELLOWORLD");

    let (mut write, read) = tokio::io::duplex(4);
    let reader = tokio::spawn(read_slowly(read));
    let mut late = 0;
    merge! {
        written in once(write.write_all(b"HELLOWORLD")) => break written.unwrap(),
        _ in ticks(ms(5), 9) => late += 1,
        done => unreachable!(),
    }
    .await;
    drop(write);
    assert_eq!((&*reader.await.unwrap(), late), (&b"HELLOWORLD"[..], 2));

    // Or it is given up, and taken up again where it was.
    let (mut write, read) = tokio::io::duplex(4);
    let reader = tokio::spawn(read_slowly(read));
    let mut hello = WriteAll::new(b"HELLOWORLD");
    assert!(timeout(ms(5), write.write_on(&mut hello)).await.is_err());
    assert_eq!(hello.rest(), b"OWORLD");
    write.write_on(&mut hello).await.unwrap();
    drop(write);
    assert_eq!(reader.await.unwrap(), b"HELLOWORLD");
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
async fn s08_a_future_that_is_selected_by_reference_does_not_hold_its_lock_for_ever() {
    let lock = Lock::default();
    let raw = hangs(async {
        let mut first = pin!(lock.hold());
        tokio::select! {
            () = &mut first => {}
            () = sleep(ms(5)) => lock.hold().await,
        }
    });
    assert!(raw.await);

    let lock = Lock::default();
    let mut order = Vec::new();
    ends(async {
        merge! {
            () in once(lock.hold()) => order.push("first"),
            () in once(sleep(ms(5))) => {
                lock.hold().await;
                order.push("handler");
            }
        }
        .await;
    })
    .await;
    assert_eq!(order, ["handler", "first"]);
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
async fn s11_the_loser_of_a_race_is_not_kept_half_way() {
    let lock = Lock::default();
    let raw = hangs(async {
        let (held, late) = (Box::pin(lock.hold()), Box::pin(sleep(ms(5))));
        let _loser = future::select(held, late).await;
        lock.hold().await;
    });
    assert!(raw.await);

    // There is no loser to be kept: what may be dropped is dropped before the race returns, ..
    let lock = Lock::default();
    let start = Instant::now();
    ends(async {
        race!(
            assert_cancel_safe(lock.hold()),
            assert_cancel_safe(sleep(ms(5)))
        )
        .await;
        lock.hold().await;
    })
    .await;
    assert_eq!(start.elapsed(), ms(15));

    // .. and what may not be is an arm, which goes on.
    let start = Instant::now();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            () in once(sleep(ms(5))) => lock.hold().await,
        }
        .await;
    })
    .await;
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn s12_work_that_is_shared_is_not_frozen_by_one_who_gives_up() {
    let lock = Lock::default();
    let raw = hangs(async {
        let held = lock.hold().shared();
        let other = held.clone();
        let _ = tokio::time::timeout(ms(5), held).await;
        // The other clone is alive, and nobody polls it.
        lock.hold().await;
        other.await;
    });
    assert!(raw.await);

    // A child is polled by its scope, whoever looks at it.
    let lock = Lock::default();
    ends(scope(async |s| {
        let held = s.spawn_with_handle(lock.hold());
        assert!(
            timeout(ms(5), assert_cancel_safe(held.wait()))
                .await
                .is_err()
        );
        lock.hold().await;
        assert_eq!(held.wait().await, ChildState::Done);
    }))
    .await;
}

#[tokio::test(start_paused = true)]
async fn s13_local_tasks_move_while_their_owner_waits_for_something_else() {
    let lock = Rc::new(Lock::default());
    let local = tokio::task::LocalSet::new();
    let raw = hangs(async {
        let of_task = lock.clone();
        local.spawn_local(async move { of_task.hold().await });
        local.run_until(sleep(ms(5))).await;
        lock.hold().await;
    });
    assert!(raw.await);

    let lock = Rc::new(Lock::default());
    ends(scope_local(async |s| {
        let of_child = lock.clone();
        s.spawn(async move { of_child.hold().await });
        sleep(ms(5)).await;
        lock.hold().await;
    }))
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
                receiver.recv().await;
                sender.send(2).await.unwrap();
            }
        }
    });
    assert!(raw.await);

    let (sender, mut receiver) = mpsc::channel(1);
    sender.send(0).await.unwrap();
    let mut received = Vec::new();
    ends(async {
        merge! {
            sent in once(sender.send(1)) => sent.unwrap(),
            () in once(sleep(ms(5))) => {
                received.extend(receiver.recv().await);
                received.extend(receiver.recv().await);
                sender.send(2).await.unwrap();
            }
        }
        .await;
    })
    .await;
    received.extend(receiver.recv().await);
    assert_eq!(received, [0, 1, 2]);
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

    // In an order that is asked for, the shutdown is the first.
    let mut items = 0;
    let shutdown = merge! {
        biased;
        () in once(turn()) => break "seen",
        _ in iter(0..) => items += 1,
        done => "not seen",
    };
    assert_eq!((shutdown.await, items > 0), ("seen", true));
}

#[tokio::test(start_paused = true)]
async fn s17_an_item_that_matches_no_pattern_is_not_lost() {
    let (sender, mut receiver) = mpsc::channel(2);
    sender.send(Err("bad")).await.unwrap();
    sender.send(Ok(1)).await.unwrap();
    let raw = hangs(async {
        tokio::select! {
            Some(Ok(_)) = receiver.recv() => {}
            () = pending::<()>() => {}
        }
    });
    assert!(
        raw.await,
        "the first item was taken, and the arm turned off"
    );
    assert_eq!(receiver.try_recv(), Ok(Ok(1)));

    sender.send(Err("bad")).await.unwrap();
    sender.send(Ok(1)).await.unwrap();
    let mut seen = Vec::new();
    let value = merge! {
        item in repeated(|| receiver.recv()) => match item.unwrap() {
            Ok(value) => break value,
            Err(error) => seen.push(error),
        }
    }
    .await;
    assert_eq!((value, &*seen), (1, &["bad"][..]));
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

#[tokio::test(start_paused = true)]
async fn s20_an_arm_that_is_off_is_not_even_made() {
    let made = Count::default();
    tokio::select! {
        () = { made.add(); pending::<()>() }, if false => {}
        () = ready(()) => {}
    }
    assert_eq!(made.get(), 1, "select makes it, and throws it away");

    let made = Count::default();
    let mut on = false;
    let mut seen = Vec::new();
    merge! {
        n in ticks(ms(1), 3) => {
            on = n == 1;
            seen.push(n);
        }
        n in { made.add(); iter(10..13) }, if on => seen.push(n),
    }
    .await;
    // The last tick turns it off again; an arm that may not deliver does not keep the loop.
    assert_eq!((made.get(), &*seen), (1, &[0, 1, 10, 11, 12, 2][..]));

    merge! { n in { made.add(); iter(0..1) }, if false => seen.push(n) }.await;
    assert_eq!(made.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn s21_work_that_took_too_long_is_not_left_behind() {
    async fn work(ended: Count) {
        sleep(ms(10)).await;
        ended.add();
    }
    let ended = Count::default();
    let raw = tokio::time::timeout(ms(5), tokio::spawn(work(ended.clone()))).await;
    assert!(raw.is_err() && ended.get() == 0);
    sleep(ms(10)).await;
    assert_eq!(ended.get(), 1, "the task went on without its caller");

    // Whoever gives the wait up has not given the work up: it is there when the nursery returns, ..
    let ended = Count::default();
    nursery(async |n| {
        let child = n.spawn_with_handle(work(ended.clone()));
        assert!(timeout(ms(5), child).await.is_err());
    })
    .await;
    assert_eq!(ended.get(), 1);

    // .. or it is asked to end, and has.
    let (ended, gone) = (Count::default(), Count::default());
    let (work, alive) = (work(ended.clone()), gone.on_drop());
    nursery(async |n| {
        let mut child = n.spawn_with_handle(async move {
            let _alive = alive;
            work.or_cancelled().await.is_ok()
        });
        if timeout(ms(5), &mut child).await.is_err() {
            child.cancel("too late");
            assert_eq!((child.wait().await, gone.get()), (ChildState::Done, 1));
        }
    })
    .await;
    assert_eq!((ended.get(), gone.get()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn s22_a_deadline_that_passes_during_a_handler_is_seen() {
    let mut seen = Vec::new();
    let mut deadline = pin!(sleep(ms(50)));
    while !deadline.is_elapsed() {
        tokio::select! {
            () = &mut deadline, if !deadline.is_elapsed() => seen.push("deadline"),
            () = sleep(ms(30)) => {
                seen.push("work");
                sleep(ms(30)).await;
            }
        }
    }
    assert_eq!(seen, ["work"], "the deadline passed unseen");

    seen.clear();
    merge! {
        () in once(assert_cancel_safe(sleep(ms(50)))) => {
            seen.push("deadline");
            break;
        }
        repeated(|| assert_cancel_safe(sleep(ms(30)))) => {
            seen.push("work");
            sleep(ms(30)).await;
        }
    }
    .await;
    assert_eq!(seen, ["work", "deadline"]);
}

#[tokio::test(start_paused = true)]
async fn s23_with_all_arms_off_the_loop_ends() {
    let raw = AssertUnwindSafe(async {
        tokio::select! {
            () = pending::<()>(), if false => {}
        }
    });
    assert!(raw.catch_unwind().await.is_err());

    let value = ends(async {
        merge! {
            _ in iter(0..3), if false => break 1,
            done => 2,
        }
        .await
    });
    assert_eq!(value.await, 2);
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
async fn what_is_lost_at_an_exit_is_reported() {
    collect_reports();
    let here = || reports_with(&["select.rs", "on_exit"]);
    let leave = async || {
        merge! {
            repeated(|| async { sleep(ms(100)).await; }) => {}
            _ in ticks(ms(1), 2) => break,
        }
        .await;
    };
    leave().await;
    assert_eq!(here(), 1);

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
    // Nor what a flow has in progress in itself.
    merge! {
        _ in steadfast::Flow::then(iter(0..3), async |n| { sleep(ms(100)).await; n }) => {}
        _ in ticks(ms(1), 2) => break,
    }
    .await;
    assert_eq!(here(), 1);

    // An exit that finishes operations awaits one that only waits, too, and nobody gets what it had.
    let (sender, mut messages) = mpsc::channel(1);
    let late = async {
        sleep(ms(100)).await;
        sender.send("late").await.unwrap();
    };
    let leave = async {
        merge! {
            on_exit: finish;
            _ in repeated(|| messages.recv()) => unreachable!("it comes too late"),
            _ in ticks(ms(1), 2) => break,
        }
        .await;
    };
    assert_eq!(takes(async { join!(leave, late).await }).await, ms(100));
    assert_eq!(here(), 2);
    let leave = async {
        merge! {
            on_exit: finish;
            _ in repeated(|| assert_cancel_safe(messages.recv())) => unreachable!("there is none"),
            _ in ticks(ms(1), 2) => break,
        }
        .await;
    };
    assert_eq!(takes(leave).await, ms(1));
    assert_eq!(here(), 2);
}
