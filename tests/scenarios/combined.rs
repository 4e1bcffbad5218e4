//! What starves or is cut when the parts are put together: an adapter over a buffer, a loop in a helper, a limit around a `yield`.
//!
//! Most are one deadlock in another place: what the body waits for is held by work that the flow has begun. Time is virtual, so that a
//! deadlock shows at once.

use std::cell::{Cell, RefCell};

use futures_util::StreamExt;
use steadfast::flow::{iter, merge_all, once};
use steadfast::{
    Flow, FlowExt, assert_cancel_safe, flow, for_await, join, merge, race, timeout, try_flow,
};
use tokio::time::sleep;

use crate::probe::{Count, Lock, collect_reports, ends, hangs, ms, reports_with, takes, ticks};

/// `count` futures that hold the lock for a while each, two at a time.
fn holders(lock: &Lock, count: u32) -> impl Flow<Item = u32> {
    iter(0..count)
        .map(async |n| {
            lock.hold().await;
            n
        })
        .concurrent(2)
}

/// How often the body, which takes the lock, has run.
async fn bodies(lock: &Lock, flow: impl Flow) -> usize {
    let mut count = 0;
    ends(async {
        for_await!(_ in flow => {
            lock.hold().await;
            count += 1;
        });
    })
    .await;
    count
}

#[tokio::test(start_paused = true)]
async fn adapters_move_what_is_inside_of_them() {
    let lock = &Lock::default();
    assert_eq!(bodies(lock, holders(lock, 4).map(|n| n + 1)).await, 4);
    assert_eq!(
        bodies(lock, holders(lock, 4).filter(|n| n % 2 == 0)).await,
        2
    );
    assert_eq!(
        bodies(lock, holders(lock, 4).filter_map(|n| (n > 2).then_some(n))).await,
        1
    );
    assert_eq!(
        bodies(lock, holders(lock, 4).inspect(|_| ()).enumerate()).await,
        4
    );
    assert_eq!(bodies(lock, holders(lock, 4).take(3)).await, 3);
    assert_eq!(
        bodies(lock, holders(lock, 4).take_while(|n| *n < 2)).await,
        2
    );
    assert_eq!(bodies(lock, holders(lock, 5).chunks(2)).await, 3);
    assert_eq!(
        bodies(lock, holders(lock, 2).chain(holders(lock, 3))).await,
        5
    );
    assert_eq!(
        bodies(lock, holders(lock, 3).zip(holders(lock, 3))).await,
        3
    );
    assert_eq!(
        bodies(lock, holders(lock, 3).merge(holders(lock, 3))).await,
        6
    );
    assert_eq!(bodies(lock, holders(lock, 3).throttle(ms(50))).await, 3);
    assert_eq!(
        bodies(lock, merge_all((0..3).map(|_| holders(lock, 3)))).await,
        9
    );
    let boxed: std::pin::Pin<Box<dyn Flow<Item = u32> + '_>> = Box::pin(holders(lock, 3));
    assert_eq!(bodies(lock, boxed).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_step_after_a_buffer_waits_for_what_the_buffer_holds() {
    let lock = &Lock::default();
    let buffered = futures_util::stream::iter(0..3)
        .map(|_| lock.hold())
        .buffered(2);
    let raw = hangs(buffered.then(|()| lock.hold()).for_each(async |()| ()));
    assert!(raw.await, "`then` no longer starves the buffer before it");

    let ours = iter(0..3).map(|_| lock.hold()).concurrent(2);
    ends(ours.then(|()| lock.hold()).for_each(async |()| ())).await;
}

#[tokio::test(start_paused = true)]
async fn consumers_move_the_flow_while_their_closure_waits() {
    let lock = &Lock::default();
    let buffered = futures_util::stream::iter(0..3)
        .map(|_| lock.hold())
        .buffered(2);
    let raw = hangs(buffered.for_each(|()| lock.hold()));
    assert!(raw.await, "`for_each` no longer starves its stream");

    ends(holders(lock, 3).for_each(|_| lock.hold())).await;
    let sum = holders(lock, 3).fold(0, async |sum, n| {
        lock.hold().await;
        sum + n
    });
    assert_eq!(ends(sum).await, 3);
    let tried = holders(lock, 3).try_fold(0, async |sum, n| {
        lock.hold().await;
        if n == 2 { Err(sum) } else { Ok(sum + n) }
    });
    assert_eq!(ends(tried).await, Err(1));
}

#[tokio::test(start_paused = true)]
async fn a_loop_in_a_helper_is_driven_as_one_await() {
    async fn helper(lock: &Lock) -> u32 {
        let mut sum = 0;
        for_await!(n in holders(lock, 3) => {
            lock.hold().await;
            sum += n;
        });
        sum
    }
    let lock = &Lock::default();
    let mut sums = 0;
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in holders(lock, 2) => sums += helper(lock).await,
        }
        .await;
    })
    .await;
    assert_eq!(sums, 6);
}

#[tokio::test(start_paused = true)]
async fn an_arm_that_is_off_moves_what_it_has_begun() {
    let lock = &Lock::default();
    let mut on = true;
    let mut seen = Vec::new();
    ends(async {
        merge! {
            n in holders(lock, 3), if on => {
                on = false;
                seen.push(n);
            }
            n in ticks(ms(15), 2) => {
                // What the other arm runs holds the lock at times, and nobody asks it for an item.
                lock.hold().await;
                seen.push(10 + n);
                on = n == 1;
            }
        }
        .await;
    })
    .await;
    assert_eq!(seen, [0, 10, 11, 1]);
}

#[tokio::test(start_paused = true)]
async fn several_waits_of_a_handler_drive_the_arms() {
    let lock = &Lock::default();
    let mut handled = 0;
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(2), 1) => {
                join!(lock.hold(), lock.hold()).await;
                race!(assert_cancel_safe(lock.hold()), assert_cancel_safe(lock.hold())).await;
                timeout(ms(500), assert_cancel_safe(lock.hold())).await.unwrap();
                let task = { let lock = lock.clone(); tokio::spawn(async move { lock.hold().await }) };
                task.await.unwrap();
                handled += 1;
            }
        }
        .await;
    })
    .await;
    assert_eq!(handled, 1);
}

#[tokio::test(start_paused = true)]
async fn the_last_item_that_is_wanted_sets_free_what_the_others_hold() {
    let lock = &Lock::default();
    let mut time = None;
    for_await!(_ in holders(lock, 100).take(1) => {
        // The source is gone, and with it those in line.
        time = Some(takes(lock.hold()).await);
    });
    assert_eq!(time, Some(ms(10)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_first_one_holds_the_order_and_not_the_others() {
    let (started, running, most) = (Count::default(), Cell::new(0), Cell::new(0));
    let flow = iter(0..6_u64)
        .map(async |n| {
            started.add();
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            sleep(ms(if n == 0 { 100 } else { 10 })).await;
            running.set(running.get() - 1);
            n
        })
        .concurrent_ordered(3);
    let mut items = Vec::new();
    for_await!(n in flow => {
        if n == 0 {
            assert_eq!(started.get(), 3, "what has finished and waits counts, too");
        }
        items.push(n);
    });
    assert_eq!((items, most.get()), (vec![0, 1, 2, 3, 4, 5], 3));
}

#[tokio::test(start_paused = true)]
async fn a_generator_with_a_limit_around_its_yield_goes_on() {
    // The consumer takes longer than the generator waits for it.
    let impatient = flow! {
        for n in 0..3 {
            let given = timeout(ms(5), assert_cancel_safe(async { yield n; })).await;
            if given.is_err() {
                sleep(ms(1)).await;
            }
        }
        yield 9;
    };
    let mut items = Vec::new();
    ends(async {
        for_await!(n in impatient => {
            sleep(ms(20)).await;
            items.push(n);
        });
    })
    .await;
    assert_eq!(items.first(), Some(&0));
    assert_eq!(items.last(), Some(&9));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_generator_drops_what_it_loops_over() {
    let gone = Count::default();
    let failing = try_flow! {
        let held = gone.on_drop();
        for_await!(n in iter(0..5).map(async |n| { let _ = &held; n }).concurrent(3) => {
            if n == 1 {
                return Err("no");
            }
            yield n;
        });
    };
    let mut items = Vec::new();
    for_await!(item in failing => {
        if item.is_err() {
            assert_eq!(gone.get(), 1);
        }
        items.push(item);
    });
    assert_eq!(items, [Ok(0), Err("no")]);
}

#[tokio::test(start_paused = true)]
async fn what_a_break_loses_is_reported_once_with_its_place() {
    collect_reports();
    // An operation that is half-done.
    merge! {
        repeated(async || sleep(ms(100)).await) => {}
        _ in ticks(ms(1), 9) => break,
    }
    .await;
    // An item that no handler has seen.
    merge! {
        biased;
        _ in iter(0..1) => {
            sleep(ms(1)).await;
            break;
        }
        text in iter([String::from("unseen")]) => drop(text),
    }
    .await;
    assert_eq!(reports_with(&["combined.rs", "its loop was left"]), 2);
}

#[tokio::test(start_paused = true)]
async fn an_operation_goes_on_through_handlers_of_every_other_arm() {
    let (begun, ended) = (Cell::new(0), Cell::new(0));
    let log = RefCell::new(Vec::new());
    let done = merge! {
        on_exit: finish;
        repeated(async || {
            begun.set(begun.get() + 1);
            for _ in 0..10 {
                sleep(ms(1)).await;
            }
            ended.set(ended.get() + 1);
        }) => log.borrow_mut().push('o'),
        _ in ticks(ms(3), 100) => {
            sleep(ms(2)).await;
            log.borrow_mut().push('t');
            if ended.get() == 5 {
                break "five";
            }
        }
    }
    .await;
    assert_eq!((done, begun.get()), ("five", ended.get()));
}
