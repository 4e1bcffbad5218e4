//! M: handlers in a loop over several sources.

use std::cell::RefCell;
use std::future::{pending, ready};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::rc::Rc;

use futures_util::{FutureExt, StreamExt, stream};
use steadfast::flow::{StreamBridge, iter, once};
use steadfast::{
    AsyncDropGuard, Flow, assert_cancel_safe, flow, for_await, merge, nursery, timeout,
};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::probe::{
    Connection, Count, Lock, Silent, SpawnsItsCleanup, assert_send, ends, hangs, ms,
    stream_of_ticks, takes, ticks, turn,
};

#[tokio::test(start_paused = true)]
async fn m01_handlers_that_wait_lose_nothing_and_alternate() {
    let order = RefCell::new(Vec::new());
    let time = takes(async {
        merge! {
            _ in ticks(ms(10), 3) => {
                sleep(ms(10)).await;
                order.borrow_mut().push('a');
            }
            _ in ticks(ms(10), 3) => {
                sleep(ms(10)).await;
                order.borrow_mut().push('b');
            }
        }
        .await;
    })
    .await;
    assert_eq!(order.into_inner(), ['a', 'b', 'a', 'b', 'a', 'b']);
    assert!(time <= ms(70), "{time:?}");
}

#[tokio::test(start_paused = true)]
async fn m01_sources_that_begin_on_demand_move_during_other_handlers() {
    let mut handled = 0;
    let time = takes(async {
        let source = || Box::pin(stream::iter(0..3).then(async |_| sleep(ms(10)).await));
        let (mut one, mut other) = (source(), source());
        loop {
            tokio::select! {
                biased;
                Some(()) = one.next() => { sleep(ms(10)).await; handled += 1; }
                Some(()) = other.next() => { sleep(ms(10)).await; handled += 1; }
                else => break,
            }
        }
    })
    .await;
    assert_eq!(
        (handled, time),
        (6, ms(90)),
        "the sources stood still meanwhile"
    );

    handled = 0;
    let time = takes(async {
        merge! {
            _ in iter(0..3).then(async |n| { sleep(ms(10)).await; n }) => { sleep(ms(10)).await; handled += 1; }
            _ in iter(0..3).then(async |n| { sleep(ms(10)).await; n }) => { sleep(ms(10)).await; handled += 1; }
        }
        .await;
    })
    .await;
    assert_eq!((handled, time), (6, ms(70)));
}

#[tokio::test(start_paused = true)]
async fn m02_handler_takes_the_lock_that_another_arm_holds() {
    let lock = Lock::default();
    let raw = hangs(async {
        let mut operation = std::pin::pin!(lock.hold());
        loop {
            tokio::select! {
                () = &mut operation => break,
                () = sleep(ms(5)) => lock.hold().await,
            }
        }
    });
    assert!(raw.await, "select by reference no longer freezes its arms");

    let lock = Lock::default();
    let mut order = Vec::new();
    ends(async {
        merge! {
            () in once(lock.hold()) => order.push("arm"),
            _ in ticks(ms(5), 1) => {
                lock.hold().await;
                order.push("handler");
            }
        }
        .await;
    })
    .await;
    assert_eq!(order, ["handler", "arm"]);
}

#[tokio::test(start_paused = true)]
async fn m03_break_has_a_value_and_drops_the_other_arms_first() {
    let gone = Count::default();
    let alive = gone.on_drop();
    let mut other = pin!(async move {
        let _alive = alive;
        pending::<()>().await;
    });
    let mut n = 0;
    let value = loop {
        tokio::select! {
            () = &mut other => unreachable!(),
            () = sleep(ms(1)) => {
                n += 1;
                if n == 5 {
                    break n;
                }
            }
        }
    };
    assert_eq!(
        (value, gone.get()),
        (5, 0),
        "what stood beside the loop is left behind, with all that it holds"
    );

    let (asked, gone) = (Count::default(), Count::default());
    let silent = Silent {
        asked: asked.clone(),
        _alive: gone.on_drop(),
    };
    let value = merge! {
        n in ticks(ms(1), 9) => { if n == 5 { break n } }
        _ in silent => {}
        done => unreachable!(),
    }
    .await;
    assert_eq!((value, gone.get()), (5, 1));
    assert!(asked.get() > 0);
}

#[tokio::test(start_paused = true)]
async fn m04_continue_before_and_after_an_await() {
    async fn next_of(queue: &RefCell<std::ops::Range<u32>>) -> Option<u32> {
        let n = queue.borrow_mut().next()?;
        sleep(ms(3)).await;
        Some(n)
    }
    let (queue, mut handled) = (RefCell::new(0..4), Vec::new());
    for _ in 0..4 {
        tokio::select! {
            n = next_of(&queue) => handled.extend(n),
            () = sleep(ms(2)) => continue,
        }
    }
    assert!(
        handled.is_empty() && queue.borrow().is_empty(),
        "each `continue` has lost an item on its way"
    );

    let (queue, mut skipped) = (RefCell::new(0..4), 0);
    merge! {
        n in repeated(|| next_of(&queue)) => {
            let Some(n) = n else { break };
            if n == 0 {
                continue;
            }
            turn().await;
            if n == 2 {
                continue;
            }
            handled.push(n);
        }
        n in ticks(ms(2), 100) => {
            skipped += 1;
            if n % 2 == 0 {
                continue;
            }
            turn().await;
            continue;
        }
    }
    .await;
    assert_eq!((&*handled, skipped), (&[1, 3][..], 6));

    handled.clear();
    merge! {
        n in iter(0..6) => {
            if n % 3 == 0 {
                continue;
            }
            turn().await;
            if n % 3 == 1 {
                continue;
            }
            handled.push(n);
        }
        n in iter(10..12) => handled.push(n),
    }
    .await;
    handled.sort_unstable();
    assert_eq!(handled, [2, 5, 10, 11]);
}

#[tokio::test(start_paused = true)]
async fn m05_labels_return_and_question_marks_mean_what_they_mean_in_a_loop() {
    async fn raw(stop: u32) -> Result<&'static str, String> {
        let mut rounds = 0;
        'outer: loop {
            rounds += 1;
            let mut numbers = stream::iter(0..4);
            while let Some(n) = numbers.next().await {
                turn().await;
                if rounds == 1 {
                    continue 'outer;
                }
                if n == 1 && stop == 1 {
                    return Ok("return");
                }
                if n == 2 && stop == 2 {
                    Err(String::from("question mark"))?;
                }
                if n == 3 {
                    break 'outer;
                }
            }
        }
        Ok("break")
    }
    async fn run(stop: u32) -> Result<&'static str, String> {
        let mut rounds = 0;
        'outer: loop {
            rounds += 1;
            merge! {
                n in iter(0..4) => {
                    turn().await;
                    if rounds == 1 {
                        continue 'outer;
                    }
                    if n == 1 && stop == 1 {
                        return Ok("return");
                    }
                    if n == 2 && stop == 2 {
                        Err(String::from("question mark"))?;
                    }
                    if n == 3 {
                        break 'outer;
                    }
                }
            }
            .await;
        }
        Ok("break")
    }
    assert_eq!(run(1).await, Ok("return"));
    assert_eq!(run(2).await, Err(String::from("question mark")));
    assert_eq!(run(3).await, Ok("break"));
    for stop in 1..=3 {
        assert_eq!(run(stop).await, raw(stop).await);
    }
}

#[tokio::test(start_paused = true)]
async fn m05_a_label_of_its_own() {
    let value = merge! {
        'events: n in iter(0..9) => {
            for m in 0..9 {
                turn().await;
                if n * m == 6 {
                    break 'events (n, m);
                }
            }
        }
        done => (0, 0),
    }
    .await;
    assert_eq!(value, (1, 6));
}

#[tokio::test(start_paused = true)]
async fn m06_an_operation_is_not_cut_by_another_arm() {
    async fn operation(taken: &Count, delivered: &Count) {
        taken.add();
        sleep(ms(3)).await;
        sleep(ms(3)).await;
        delivered.add();
    }
    let (taken, delivered) = (Count::default(), Count::default());
    for _ in 0..20 {
        tokio::select! {
            () = operation(&taken, &delivered) => {}
            () = sleep(ms(5)) => {}
        }
    }
    assert_eq!(
        (taken.get(), delivered.get()),
        (20, 0),
        "select no longer stops its losers"
    );

    let (taken, delivered) = (Count::default(), Count::default());
    let mut events = 0;
    merge! {
        on_exit: drop;
        repeated(|| operation(&taken, &delivered)) => (),
        _ in ticks(ms(5), 1000) => {
            events += 1;
            if events == 100 {
                break;
            }
        }
    }
    .await;
    assert!(taken.get() - delivered.get() <= 1);
    assert!(delivered.get() >= 80, "{}", delivered.get());
}

#[tokio::test(start_paused = true)]
async fn m07_an_arm_that_is_always_ready_starves_nobody() {
    let mut turns = 0;
    for _ in 0..1000 {
        tokio::select! {
            biased;
            () = ready(()) => turns += 1,
            () = ready(()) => break,
        }
    }
    assert_eq!(turns, 1000);

    turns = 0;
    let waited = merge! {
        _ in iter(0..1000) => turns += 1,
        () in once(async {}) => break turns,
        done => 1000,
    }
    .await;
    assert_eq!(waited, 1);

    let mut first = Vec::new();
    merge! {
        biased;
        n in iter(0..3) => first.push(n),
        n in iter(10..12) => first.push(n),
    }
    .await;
    assert_eq!(first, [0, 1, 2, 10, 11]);
}

#[tokio::test(start_paused = true)]
async fn m08_an_arm_that_has_ended_is_gone_at_once() {
    let gone = Count::default();
    let alive = gone.on_drop();
    let mut short = stream::iter(0..1).inspect(move |_| {
        let _ = &alive;
    });
    let mut clock = stream_of_ticks(ms(1), 3);
    let mut seen = Vec::new();
    loop {
        tokio::select! {
            Some(_) = short.next() => {}
            Some(_) = clock.next() => seen.push(gone.get()),
            else => break,
        }
    }
    assert_eq!(seen, [0, 0, 0], "it has ended, and holds what it held");
    drop(short);

    let gone = Count::default();
    let alive = gone.on_drop();
    // A flow that keeps what it owns beyond its end: only its own drop releases it.
    let short = iter(0..1).inspect(move |_| {
        let _ = &alive;
    });
    let mut seen = Vec::new();
    merge! {
        _ in short => {}
        _ in ticks(ms(1), 3) => seen.push(gone.get()),
    }
    .await;
    assert_eq!(seen, [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn m09_a_macro_that_awaits_by_itself_drives_the_arms() {
    let lock = Lock::default();
    let raw = hangs(async {
        let mut held = pin!(lock.hold());
        tokio::select! {
            () = &mut held => {}
            () = sleep(ms(5)) => { tokio::join!(lock.hold()); }
        }
    });
    assert!(raw.await);

    let lock = Lock::default();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => {
                let ((), ()) = tokio::join!(lock.hold(), lock.hold());
                tokio::select! {
                    () = lock.hold() => {}
                }
            }
        }
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn m09_a_macro_that_hides_an_await_drives_the_arms() {
    macro_rules! take {
        ($lock:expr) => {
            $lock.hold().await
        };
    }
    let lock = Lock::default();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => { take!(lock); }
        }
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn m09_awaits_in_the_arguments_of_macros_drive_the_arms() {
    let lock = Lock::default();
    let mut texts = Vec::new();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            n in ticks(ms(5), 1) => {
                let held = vec![lock.hold().await];
                texts.push(format!("{n} {:?} {}", held, { lock.hold().await; 1 }));
            }
        }
        .await;
    })
    .await;
    assert_eq!(texts, ["0 [()] 1"]);
}

#[tokio::test(start_paused = true)]
async fn m09_macros_show_what_was_written() {
    let fails = async {
        for_await!(n in iter(0..1) => {
            assert_eq!(stringify!(turn().await), "turn().await");
            assert!(async { n == 1 }.await);
        });
    };
    let panic = AssertUnwindSafe(fails).catch_unwind().await.unwrap_err();
    let text = *panic.downcast_ref::<&str>().unwrap();
    assert_eq!(text, "assertion failed: async { n == 1 }.await");

    // The arms move on all the same.
    let lock = Lock::default();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => assert!(matches!(lock.hold().await, ())),
        }
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn m10_outer_arms_move_while_an_inner_loop_waits() {
    let lock = Lock::default();
    let raw = hangs(async {
        let mut outer = pin!(lock.hold());
        tokio::select! {
            () = &mut outer => {}
            () = sleep(ms(5)) => {
                let mut inner = pin!(lock.hold());
                loop {
                    tokio::select! {
                        () = &mut inner => break,
                        () = pending() => {}
                    }
                }
            }
        }
    });
    assert!(raw.await);

    let lock = Lock::default();
    let mut inner = Vec::new();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => {
                // The inner loop waits for an item that only comes when the outer arm has let go of the lock.
                merge! {
                    () in once(lock.hold()) => {
                        for_await!(n in ticks(ms(1), 2) => {
                            lock.hold().await;
                            inner.push(n);
                        });
                    }
                }
                .await;
            }
        }
        .await;
    })
    .await;
    assert_eq!(inner, [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn m11_a_handler_moves_an_outer_value_out() {
    let name = String::from("moved");
    let out = merge! {
        n in iter(0..2) => { if n == 1 { break name; } }
        done => String::new(),
    }
    .await;
    assert_eq!(out, "moved");
}

#[tokio::test(start_paused = true)]
async fn m11_handlers_share_a_mutable_local_across_awaits() {
    let mut log: Vec<u32> = Vec::new();
    let log_of_both = &mut log;
    merge! {
        n in iter(0..2) => {
            let last = &mut *log_of_both;
            turn().await;
            last.push(n);
        }
        n in iter(5..7) => {
            turn().await;
            log_of_both.push(n);
        }
    }
    .await;
    assert_eq!(log, [0, 5, 1, 6]);
}

/// What the compiler says to the rejected programs; that it says so, `trybuild` checks where they lie.
macro_rules! said_to {
    ($program:literal) => {
        include_str!(concat!("../../", $program, ".stderr"))
    };
}

#[test]
fn m12_what_is_refused_is_told_with_its_cause() {
    let refutable =
        said_to!("crates/steadfast/tests/loops/rejected/pattern_does_not_match_every_item");
    assert!(
        refutable.contains("does not match every item"),
        "{refutable}"
    );
    let borrowed = said_to!("crates/steadfast/tests/loops/rejected/arm_is_borrowed");
    assert!(borrowed.contains("an arm owns its source"), "{borrowed}");
    let without_done =
        said_to!("crates/steadfast/tests/loops/rejected/break_has_a_value_and_the_end_has_none");
    assert!(
        without_done.contains("add `done => value`"),
        "{without_done}"
    );
}

#[test]
fn m13_an_error_points_at_the_arm_that_is_not_send() {
    let error = said_to!("tests/rejected/rejected/source_of_a_loop_is_not_send");
    let lines: Vec<_> = error.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("which is not `Send`"));
    let at = at.expect("it says which value is not `Send`");
    assert!(lines[at - 1].contains("n * *step"), "{error}");
    let (arm, marked) = (lines[at - 1].find("flow::iter"), lines[at].find("----"));
    assert_eq!(marked, arm, "{error}");
}

#[tokio::test(start_paused = true)]
async fn m13_the_future_is_send_when_its_parts_are() {
    async fn read_send(from: &mut mpsc::Receiver<u32>, to: &mut Vec<u32>) {
        if let Some(item) = from.recv().await {
            to.push(item);
        }
    }
    let (sender, mut receiver) = mpsc::channel(1);
    let mut items = Vec::new();
    let future = assert_send(async move {
        let value = merge! {
            repeated(|| read_send(&mut receiver, &mut items)) => (),
            n in ticks(ms(1), 3).map(|n| n + 1).concurrent_of() => {
                sender.send(n).await.unwrap();
                let mut inner = 0;
                for_await!(m in flow!(for m in 0..n { yield m; }) => {
                    turn().await;
                    inner += m;
                });
                if inner == 3 {
                    break inner;
                }
            }
        }
        .await;
        (value, items)
    });
    let (value, items) = tokio::spawn(future).await.unwrap();
    assert_eq!((value, items), (3, vec![1, 2, 3]));
}

#[tokio::test(start_paused = true)]
async fn m13_parts_that_stay_on_their_thread_are_as_good() {
    let shared = Rc::new(RefCell::new(Vec::new()));
    let of_arm = shared.clone();
    merge! {
        n in ticks(ms(1), 3).inspect(move |n| of_arm.borrow_mut().push(*n)) => {
            turn().await;
            shared.borrow_mut().push(n + 10);
        }
    }
    .await;
    assert_eq!(*shared.borrow(), [0, 10, 1, 11, 2, 12]);
}

/// One future for each item, two at a time.
trait ConcurrentOf: Flow<Item = u32> + Sized {
    fn concurrent_of(self) -> impl Flow<Item = u32> + use<Self> {
        self.map(async |n| n).concurrent(2)
    }
}

impl<F: Flow<Item = u32>> ConcurrentOf for F {}

#[tokio::test(start_paused = true)]
async fn m14_of_each_arm_at_most_one_item_waits() {
    // A task with a channel keeps the source moving during handlers, and does not know when to wait.
    let offered = Count::default();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let source = stream::iter(0..1000).inspect({
        let offered = offered.clone();
        move |_| offered.add()
    });
    tokio::spawn(source.for_each(move |n| {
        sender.send(n).unwrap();
        ready(())
    }));
    receiver.recv().await;
    sleep(ms(100)).await;
    assert_eq!(offered.get(), 1000);

    let offered = Count::default();
    let source = iter(0..1000).inspect(|_| offered.add());
    let mut at_most = 0;
    merge! {
        _ in source => {
            let before = offered.get();
            sleep(ms(1)).await;
            assert_eq!(offered.get(), before, "the arm whose item is handled is asked for no other");
        }
        _ in ticks(ms(2), 20) => {
            let before = offered.get();
            sleep(ms(100)).await;
            at_most = at_most.max(offered.get() - before);
        }
    }
    .await;
    assert_eq!(at_most, 1);
}

#[tokio::test(start_paused = true)]
async fn m15_dropped_in_a_handler_it_drops_its_arms() {
    let (asked, gone, handlers) = (Count::default(), Count::default(), Count::default());
    let silent = Silent {
        asked: asked.clone(),
        _alive: gone.on_drop(),
    };
    let looped = async {
        merge! {
            _ in silent => {}
            _ in ticks(ms(1), 9) => {
                handlers.add();
                std::future::pending::<()>().await;
            }
        }
        .await;
    };
    let timed_out = timeout(ms(5), assert_cancel_safe(looped)).await;
    assert!(timed_out.is_err());
    assert_eq!((gone.get(), handlers.get()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn m15_what_its_arms_leave_to_clean_up_is_cleaned_up_by_their_nursery() {
    let cleaned = Count::default();
    let mut open = pin!(Some(async {
        let _connection = SpawnsItsCleanup(cleaned.clone());
        pending::<()>().await;
    }));
    tokio::select! {
        () = open.as_mut().as_pin_mut().unwrap() => {}
        () = sleep(ms(1)) => {}
    }
    open.set(None);
    assert_eq!(cleaned.get(), 0, "the clean-up is nobody's");

    let cleaned = Count::default();
    let connection = Connection(cleaned.clone());
    nursery(async |n| {
        n.spawn(async {
            let connection = AsyncDropGuard::new(connection);
            let looped = async {
                merge! {
                    _ in ticks(ms(1), 9).inspect(move |_| { let _ = &connection; }) => {
                        pending::<()>().await;
                    }
                }
                .await;
            };
            assert!(timeout(ms(5), assert_cancel_safe(looped)).await.is_err());
        });
    })
    .await;
    assert_eq!(cleaned.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_example_of_the_essay() {
    struct Socket(Vec<&'static str>);
    impl Socket {
        fn packet_stream(&mut self) -> impl Flow<Item = &'static str> {
            futures_util::stream::iter(self.0.drain(..))
                .then(async |packet| {
                    sleep(ms(5)).await;
                    packet
                })
                .prefetch()
        }
    }
    async fn read_send(file: &mut std::ops::Range<u32>, channel: &mut mpsc::Sender<u32>) {
        loop {
            let Some(data) = file.next() else {
                std::future::pending().await
            };
            sleep(ms(3)).await;
            for item in [data, data + 1] {
                sleep(ms(3)).await;
                channel.send(item).await.unwrap();
            }
        }
    }
    let mut file = 0..3;
    let (sender, mut receiver) = mpsc::channel(16);
    let mut channel = sender;
    let mut socket = Socket(vec!["a", "b", "c", "d", "e", "f", "g"]);
    let mut packets = String::new();
    merge! {
        repeated(|| read_send(&mut file, &mut channel)) => (),
        some_data = socket.packet_stream() => {
            packets.push_str(some_data);
            if some_data == "g" {
                break;
            }
        }
    }
    .await;
    drop(channel);
    assert_eq!(packets, "abcdefg");
    assert_eq!(receiver.recv_many(&mut Vec::new(), 16).await, 6);
}

#[tokio::test(start_paused = true)]
async fn operations_that_have_begun_are_finished_where_the_source_says_so() {
    let ended = Count::default();
    let value = merge! {
        on_exit: finish;
        repeated(async || { sleep(ms(10)).await; ended.add(); }) => {}
        _ in ticks(ms(5), 9) => break 1,
    }
    .await;
    assert_eq!((value, ended.get()), (1, 1));
}
