//! How a loop is left, and what only looks as if it left it.

use std::cell::Cell;
use std::future::ready;
use std::num::ParseIntError;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};

use futures_util::FutureExt;
use steadfast::flow::{StreamBridge, iter, once};
use steadfast::{Flow, for_await, merge};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::probe::{Count, Lock, collect_reports, ends, ms, reports_with, ticks};

/// Waits for the lock, where the tokens of a handler do not show it.
macro_rules! take {
    ($lock:expr) => {
        $lock.hold().await
    };
}

/// Leaves with an error, where the tokens of a handler do not show it.
macro_rules! bail {
    ($text:expr) => {
        return Err(String::from($text))
    };
}

/// Is what it is given.
macro_rules! same {
    ($($code:tt)*) => { $($code)* };
}

/// Combinators of others take whatever may be awaited, so that the types cannot refuse a loop that has run by then.
#[tokio::test(start_paused = true)]
async fn a_loop_that_others_get_too_late_is_told() {
    let told = async |misuse: Pin<&mut dyn Future<Output = ()>>| {
        let panic = AssertUnwindSafe(misuse).catch_unwind().await.unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.contains("put the loop into `async { .. }`"), "{text}");
        assert!(text.contains("leaving.rs"), "{text}");
    };
    let limited = pin!(async {
        let _ = tokio::time::timeout(ms(1), merge! { _ in ticks(ms(10), 3) => {} }).await;
    });
    told(limited).await;
    let joined = pin!(async {
        tokio::join!(merge! { _ in ticks(ms(10), 3) => {} }, sleep(ms(1)));
    });
    told(joined).await;
    let selected = pin!(async {
        tokio::select! {
            () = merge! { _ in ticks(ms(10), 3) => {} } => {}
            () = sleep(ms(1)) => {}
        }
    });
    told(selected).await;
}

#[tokio::test(start_paused = true)]
async fn a_loop_is_awaited_wherever_macros_put_it() {
    macro_rules! whole {
        ($source:expr) => {
            merge! { n in $source => if n == 1 { break n }, done => 0 }.await
        };
    }
    let mut sum = whole!(iter(0..3));
    sum += same! { merge! { n in iter(0..9) => break n + 10, done => 0 }.await };
    let waits = merge! { n in iter(0..9) => break n + 100, done => 0 };
    sum += waits.await;
    merge! {
        _ in iter(0..1) => {
            sum += whole!(iter(0..3));
            merge! {
                n in iter([merge! { n in iter(5..6) => break n, done => 0 }.await]) => sum += 1000 * n,
                done => merge! { _ in iter(0..1) => {} }.await,
            }
            .await;
            sum += same!(merge! { n in iter(0..9) => break n + 10_000, done => 0 }.await);
        }
    }
    .await;
    assert_eq!(sum, 1 + 10 + 100 + 1 + 5000 + 10_000);
}

#[tokio::test(start_paused = true)]
async fn with_all_operations_off_the_loop_ends() {
    let (sender, mut jobs) = mpsc::channel(4);
    for job in 1..4 {
        sender.send(job).await.unwrap();
    }
    let mut left = 2;
    let value = ends(async {
        merge! {
            job in repeated(|| jobs.recv()), if left > 0 => {
                left -= 1;
                if job.is_none() {
                    break "closed";
                }
            }
            done => "enough",
        }
        .await
    });
    assert_eq!(value.await, "enough");
    assert_eq!(jobs.try_recv(), Ok(3));
}

#[tokio::test(start_paused = true)]
async fn an_operation_with_a_precondition_awaits_in_a_block_of_its_own() {
    async fn fetch(n: u32) -> u32 {
        sleep(ms(1)).await;
        n
    }
    let on = true;
    let mut sum = 0;
    merge! {
        n in once(async { fetch(1).await }), if on => sum += n,
        n in once(async move { fetch(10).await + fetch(10).await }), if on => sum += n,
        n in Flow::then(iter(0..3), async |n| fetch(n).await), if on => sum += 100 * n,
        n in steadfast::flow! { yield fetch(1000).await; }, if on => sum += n,
        _ in once(async { fetch(1).await }), if !on => unreachable!("it is off"),
    }
    .await;
    assert_eq!(sum, 1321);
}

// A macro that hides its awaits is driven wherever control stays in the handler: in each of these the arm holds the lock that the
// handler waits for.

#[tokio::test(start_paused = true)]
async fn jumps_that_stay_in_a_loop_of_the_handler_hide_no_await_of_its_macros() {
    let lock = Lock::default();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => {
                for n in 0..9 {
                    if n == 2 { continue }
                    if n == 4 { break }
                }
                take!(lock);
            }
        }
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn jumps_to_labels_of_the_handler_hide_no_await_of_its_macros() {
    let lock = Lock::default();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => {
                'outer: for n in 0..9 {
                    let mut left = 0..n;
                    'inner: while let Some(m) = match n { 0 => None, _ => left.next() } {
                        if m == 1 { continue 'outer }
                        if n == 3 { break 'inner }
                        if n == 5 { break 'outer }
                    }
                }
                let found = 'found: { if lock.is_free() { break 'found 1 } 2 };
                assert_eq!(found, 2);
                take!(lock);
            }
        }
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn jumps_in_functions_and_closures_hide_no_await_of_its_macros() {
    fn parsed(text: &str) -> Result<u32, ParseIntError> {
        text.parse()
    }
    let lock = Lock::default();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => {
                fn inner(text: &str) -> Option<u32> {
                    if text.is_empty() { return None }
                    let n = text.parse().ok()?;
                    Some(n)
                }
                let sum = |a: &str, b: &str| -> Result<u32, ParseIntError> { Ok(parsed(a)? | parsed(b)?) };
                let twice = |text| { if text == "0" { return 0 } 2 * inner(text).unwrap_or(0) };
                assert_eq!((sum("1", "2"), twice("4")), (Ok(3), 8));
                take!(lock);
            }
        }
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn jumps_in_an_inner_loop_of_ours_hide_no_await_of_its_macros() {
    let lock = Lock::default();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => {
                let n = for_await!('all: n in iter(0..9) => { if n == 3 { break 'all n } } done => 9);
                assert_eq!(n, 3);
                take!(lock);
            }
        }
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_select_with_a_loop_of_its_own_drives_the_arms() {
    let lock = Lock::default();
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => {
                tokio::select! {
                    () = lock.hold() => {
                        for n in 0.. {
                            if n == 3 { break }
                        }
                    }
                }
            }
        }
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn macros_that_leave_by_name_are_left_where_they_are() {
    async fn run(stop: u32) -> Result<u32, String> {
        let mut sum = 0;
        for_await!(n in iter(0..4) => {
            if n == stop {
                bail!("stopped");
            }
            sum += same!(n);
        });
        Ok(sum)
    }
    assert_eq!(run(9).await, Ok(6));
    assert_eq!(run(2).await, Err(String::from("stopped")));
}

#[tokio::test(start_paused = true)]
async fn an_arm_of_a_match_that_begins_with_a_bar_may_leave() {
    async fn run(from: u32) -> u32 {
        for_await!(n in iter(from..9) => {
            match same!(n) {
                | 3 | 4 => return n,
                | 6 => break,
                _ => {}
            }
        });
        0
    }
    assert_eq!((run(0).await, run(4).await, run(5).await), (3, 4, 0));
}

#[tokio::test(start_paused = true)]
async fn an_operation_with_a_precondition_that_may_be_dropped_is_dropped() {
    collect_reports();
    let on = Cell::new(true);
    merge! {
        () in once(steadfast::sleep(ms(100))), if on.get() => {}
        _ in ticks(ms(1), 2) => break,
    }
    .await;
    assert_eq!(reports_with(&["leaving.rs", "on_exit"]), 0);

    let start = Instant::now();
    merge! {
        on_exit: finish;
        () in once(steadfast::sleep(ms(100))), if on.get() => {}
        _ in ticks(ms(1), 2) => break,
    }
    .await;
    assert_eq!(start.elapsed(), ms(1));

    // What may not be dropped is told, and awaited.
    merge! {
        () in once(sleep(ms(100))), if on.get() => {}
        _ in ticks(ms(1), 2) => break,
    }
    .await;
    assert_eq!(reports_with(&["leaving.rs", "on_exit"]), 1);
    let start = Instant::now();
    merge! {
        on_exit: finish;
        () in once(sleep(ms(100))), if on.get() => {}
        _ in ticks(ms(1), 2) => break,
    }
    .await;
    assert_eq!(start.elapsed(), ms(100));
}

#[tokio::test(start_paused = true)]
async fn operations_are_finished_beside_jumps_that_stay_in_the_handler() {
    let ended = Count::default();
    let value = merge! {
        on_exit: finish;
        repeated(async || { sleep(ms(10)).await; ended.add(); }) => {}
        n in ticks(ms(5), 9) => {
            fn parsed(text: &str) -> Result<u32, ParseIntError> {
                if text == "none" { return Ok(0) }
                let n: u32 = text.parse()?;
                Ok(n)
            }
            let first = |text: &str| Some(text.get(..1)?.len());
            let clipped = |n| { if n > 3 { return 3 } n };
            assert_eq!(first("one"), Some(1));
            'inner: for m in 0..3 {
                if m == 1 { continue 'inner }
                if m == 2 { break 'inner }
            }
            let later = async { Some(parsed("1").ok()? + 1) };
            if later.await.is_some() {
                break clipped(n + 4);
            }
        }
        done => 0,
    }
    .await;
    assert_eq!((value, ended.get()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn operations_with_the_type_of_their_output() {
    let (mut numbers, mut others, mut sum) = (0..4, 10..12, 0);
    merge! {
        on_exit: drop;
        n in repeated(|| -> std::future::Ready<Option<u32>> { ready(numbers.next()) }) => match n {
            Some(n) => sum += n,
            None => break,
        },
        n in repeated(async || -> Result<u32, ParseIntError> {
            let Some(n) = others.next() else { return "x".parse() };
            let n: u32 = n.to_string().parse()?;
            Ok(n)
        }) => sum += n.unwrap_or(0),
    }
    .await;
    assert_eq!(sum, 6 + 21);
}

#[tokio::test(start_paused = true)]
async fn a_value_after_a_body_without_an_arrow() {
    let found = for_await!(n in iter(0..9) { if n * n == 49 { break Some(n) } } done => None);
    let none =
        for_await!('all: n in iter(0..9) { if n == 10 { break 'all Some(n) } }, done => None);
    let last = for_await! { n in match found { Some(n) => iter(0..n), None => iter(0..1) } { if n == 6 { break n } } done => 0 };
    assert_eq!((found, none, last), (Some(7), None, 6));
}

/// What a generator of another crate awaits and returns is its own.
#[tokio::test(start_paused = true)]
async fn a_generator_of_another_crate_with_a_precondition() {
    macro_rules! later {
        ($($code:tt)*) => { async move { $($code)* } };
    }
    let (mut all, on) = (Vec::new(), true);
    merge! {
        n in async_stream::stream! { sleep(ms(1)).await; yield 1; }.assume_serial(), if on => all.push(n),
        n in async_stream::try_stream! {
            let n: u32 = "2".parse::<u32>()?;
            yield n;
        }
        .assume_serial(), if on => {
            let n: Result<u32, ParseIntError> = n;
            all.push(n.unwrap());
        },
        n in once(later! { let n = ready(Some(2)).await?; Some(n + 1) }), if on => all.extend(n),
    }
    .await;
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3]);
}

/// The block in the head of a loop is not its body.
#[tokio::test(start_paused = true)]
async fn jumps_in_a_loop_over_what_a_block_gives_hide_no_await_of_its_macros() {
    let lock = Lock::default();
    let mut queue = vec![1, 2];
    ends(async {
        merge! {
            () in once(lock.hold()) => {}
            _ in ticks(ms(5), 1) => {
                while let Some(n) = { queue.pop() } {
                    if n == 2 { continue }
                    take!(lock);
                }
            }
        }
        .await;
    })
    .await;
    assert!(queue.is_empty());
}

/// Code after a handler that does not come to its end is ours: no lint speaks of it.
#[deny(unreachable_code)]
#[tokio::test(start_paused = true)]
async fn handlers_that_do_not_come_to_their_end() {
    let ended = AssertUnwindSafe(async {
        merge! {
            _ in once(ready(())) => {
                same!(let _said = "bye";);
                panic!("one")
            },
        }
        .await;
    });
    assert!(ended.catch_unwind().await.is_err());
    let ended = AssertUnwindSafe(async {
        merge! {
            _ in once(ready(())) => {
                tokio::select! {
                    _ = ready(()) => panic!("two"),
                    _ = sleep(ms(1)) => panic!("three"),
                }
            },
        }
        .await;
    });
    assert!(ended.catch_unwind().await.is_err());
}
