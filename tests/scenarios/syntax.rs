//! What people write in a loop, a generator or a race at first: patterns, labels, commas, and where things may stand.

use std::pin::{Pin, pin};

use steadfast::flow::{StreamBridge, empty, iter, merge_all, once};
use steadfast::{Flow, assert_cancel_safe, flow, for_await, join, merge, race, try_flow, try_join};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{interval, sleep};

use crate::probe::{assert_send, ms, turn};

struct Point {
    x: u32,
    y: u32,
}

#[tokio::test(start_paused = true)]
async fn patterns_of_all_kinds_that_match_every_item() {
    let mut sum = 0;
    merge! {
        Point { x, y } in iter([Point { x: 1, y: 2 }]) => sum += x + y,
        Point { x: left, .. } = iter([Point { x: 10, y: 0 }]) => sum += left,
        (a, (b, _)) in iter([(100, (200, ()))]) => sum += a + b,
        [first, .., last] in iter([[1000, 0, 2000]]) => sum += first + last,
        mut n in iter([1]) => { n *= 10_000; sum += n }
        &n in iter(&[20_000]) => sum += n,
        whole @ (_, _) in iter([(1, 2)]) => sum += whole.0,
        n: u32 in iter([1]) => sum += n,
    }
    .await;
    for_await!(ref text in iter([String::from("four")]) => sum += text.len() as u32);
    assert_eq!(sum, 3 + 10 + 300 + 3000 + 10_000 + 20_000 + 1 + 1 + 4);
}

#[tokio::test(start_paused = true)]
async fn handlers_of_all_kinds_with_and_without_commas() {
    let (mut last, mut evens, mut texts) = (0, 0, Vec::new());
    let mut places = [0; 2];
    merge! {
        n in iter(0..4) => if n % 2 == 0 { evens += 1 } else { evens += 10 },
        n in iter([Ok(1), Err("no")]) => match n {
            Ok(1..=5) => evens += 100,
            Ok(_) | Err(_) => evens += 1000,
        },
        n in iter(0..3) => last = n,
        (place, n) in iter([(1, 5)]) => places[place] = n,
        n in iter([Some(1), None]) => {
            let Some(n) = n else { continue };
            #[cfg(any())]
            compile_error!("the attribute is looked at");
            #[allow(clippy::useless_vec)]
            texts.extend(vec![turn().await; n]);
        }
        () in once(async {}) => {}
        _ in empty::<()>() => (),
    }
    .await;
    assert_eq!((last, evens, texts.len(), places), (2, 1122, 1, [0, 5]));
}

#[tokio::test(start_paused = true)]
async fn brackets_and_arrows_of_all_kinds() {
    let mut sum = 0;
    merge!(n in iter(0..3) => sum += n).await;
    merge![n in iter(0..3) => sum += n,].await;
    for_await!(n in iter(0..3) { sum += n; });
    for_await! { n in iter(0..3) => { sum += n; } }
    for_await! { n in iter(0..3) { sum += n; } }
    for_await!(n in match sum { 0 => iter(0..1), _ => iter(0..3) } => sum += n);
    let found = for_await!(n in iter(0..9) => { if n * n == 49 { break Some(n) } } done => None);
    let named =
        merge! { n in iter(0..2) => break if n == 0 { "zero" } else { "other" }, done => "none" }
            .await;
    assert_eq!((sum, found, named), (18, Some(7), "zero"));
}

#[tokio::test(start_paused = true)]
async fn labels_and_returns_through_two_macros() {
    async fn first_above(limit: u32) -> Option<u32> {
        merge! {
            n in iter(0..3) => {
                for_await!(m in iter(n..9) => { if m > limit { return Some(m) } });
            }
            n in iter(5..6) => return Some(n),
        }
        .await;
        None
    }
    let mut seen = 0;
    'all: loop {
        merge! {
            n in iter(0..9) => {
                for_await!(m in iter(0..9) => {
                    seen += 1;
                    turn().await;
                    if n + m == 5 {
                        break 'all;
                    }
                });
            }
        }
        .await;
    }
    for_await!('outer: _ in iter(0..4) => {
        for_await!(m in iter(0..4) => {
            if m == 2 {
                continue 'outer;
            }
            seen += 10;
        });
    });
    let pair = merge! {
        'events: n in iter(0..9) => {
            for_await!(m in iter(0..9) => { if n * m == 12 { break 'events (n, m) } });
        }
        done => (0, 0),
    };
    assert_eq!((seen, pair.await), (86, (2, 6)));
    assert_eq!(first_above(7).await, Some(8));
    assert_eq!(first_above(20).await, Some(5));
}

#[tokio::test(start_paused = true)]
async fn question_marks_of_all_kinds() {
    async fn boxed() -> Result<u32, Box<dyn std::error::Error>> {
        let mut sum = 0;
        for_await!(word in iter(["1", "2"]) => sum += word.parse::<u32>()?);
        merge! { word in iter(["3"]) => sum += std::str::from_utf8(word.as_bytes())?.parse::<u32>()? }.await;
        Ok(sum)
    }
    async fn option() -> Option<u32> {
        let mut sum = 0;
        merge! { n in iter([Some(1), None]) => sum += n? }.await;
        Some(sum)
    }
    let broken = merge! {
        word in iter(["1", "x"]) => if let Err(error) = word.parse::<u32>() { break Err(error) },
        done => Ok(0),
    };
    assert_eq!((boxed().await.unwrap(), option().await), (6, None));
    assert!(broken.await.is_err());
    let tried: Result<(u8, u8), std::num::ParseIntError> =
        try_join!(async { "1".parse() }, async {
            let n: u8 = "x".parse()?;
            Ok(n)
        })
        .await;
    assert!(tried.is_err());
}

#[tokio::test(start_paused = true)]
async fn loops_in_generic_functions_methods_and_traits() {
    async fn longest<'a, S: Flow<Item = &'a str>>(words: S) -> &'a str {
        let mut best = "";
        for_await!(word in words => if word.len() > best.len() { best = word });
        best
    }
    #[allow(clippy::manual_async_fn)]
    fn pushes<'a>(
        to: &'a mut Vec<u32>,
        from: impl Flow<Item = u32> + 'a,
    ) -> impl Future<Output = ()> + 'a {
        async move { for_await!(n in from => to.push(n)) }
    }
    struct Server {
        sum: u32,
        jobs: mpsc::Receiver<u32>,
    }
    impl Server {
        async fn add(&mut self, n: u32) {
            turn().await;
            self.sum += n;
        }
        async fn run(&mut self) {
            let Self { sum, jobs } = self;
            merge! {
                on_exit: drop;
                job in repeated(|| jobs.recv()) => match job {
                    Some(n) => *sum += n,
                    None => break,
                },
                repeated(|| sleep(ms(1))) => {}
            }
            .await;
            for_await!(n in iter(0..3) => self.add(n).await);
        }
    }
    trait Work {
        fn work(&mut self) -> impl Future<Output = u32> + Send;
    }
    impl Work for Server {
        async fn work(&mut self) -> u32 {
            self.run().await;
            self.sum
        }
    }
    let text = String::from("a bbb cc");
    assert_eq!(longest(iter(text.split(' '))).await, "bbb");
    let mut numbers = Vec::new();
    pushes(&mut numbers, iter(0..2)).await;
    assert_eq!(numbers, [0, 1]);
    let (sender, jobs) = mpsc::channel(4);
    sender.send(7).await.unwrap();
    drop(sender);
    let worked = tokio::spawn(assert_send(async { Server { sum: 0, jobs }.work().await }));
    assert_eq!(worked.await.unwrap(), 10);
}

#[tokio::test(start_paused = true)]
async fn sources_of_all_kinds() {
    async fn soon() -> u32 {
        sleep(ms(1)).await;
        1
    }
    let mut sum = 0;
    let boxed: Pin<Box<dyn futures_util::Stream<Item = u32> + Send>> =
        Box::pin(futures_util::stream::iter([1]));
    let (answer, question) = oneshot::channel();
    answer.send(10).unwrap();
    let (shout, mut heard) = broadcast::channel(2);
    shout.send(100).unwrap();
    let (_change, mut watched) = watch::channel(0);
    let mut every = interval(ms(1));
    let mut ticks = 0;
    merge! {
        on_exit: drop;
        n in boxed.assume_serial() => sum += n,
        n in once(question) => sum += n.unwrap(),
        n in repeated(|| heard.recv()) => sum += n.unwrap(),
        changed in repeated(|| watched.changed()) => changed.unwrap(),
        n in repeated(soon) => sum += 1000 * n,
        n in repeated(async || { sleep(ms(1)).await; 0 }) => sum += n,
        n in merge_all((0..3).map(|n| iter(0..n))) => sum += 10_000 * n,
        n in iter(0..5).filter(|n| *n <= 1).map(|n: u32| -> u32 { n }).chain(iter(1..2)) => sum += 100_000 * n,
        n in flow! { merge! { a in iter(1..2) => { yield a; } b in iter(2..3) => { yield b; } }.await; } => sum += 1_000_000 * n,
        _ in repeated(|| every.tick()) => { ticks += 1; if ticks == 3 { break } }
    }
    .await;
    let mut left = futures_util::stream::iter(0..5);
    for_await!(n in (&mut left).assume_serial() => if n == 1 { break });
    assert_eq!(futures_util::StreamExt::next(&mut left).await, Some(2));
    assert_eq!((sum % 1000, sum / 10_000), (111, 321));
}

#[tokio::test(start_paused = true)]
async fn yields_of_all_kinds() {
    use std::collections::HashMap;
    let places = flow! {
        for n in 0..4 {
            match n {
                0 => yield 10,
                1 => { yield 11; }
                2 => continue,
                _ => yield { turn().await; n }
            }
        }
        yield if places_left() { 20 } else { 0 };
        yield i32::max(20, 21);
        let () = yield [1, 2].iter().map(|n| n * 11).sum::<i32>();
        yield HashMap::<i32, i32>::from([(1, 2)]).len() as i32
    };
    fn places_left() -> bool {
        true
    }
    let items: Vec<i32> = places.collect().await;
    assert_eq!(items, [10, 11, 3, 20, 21, 33, 1]);

    fn down(n: u32) -> Pin<Box<dyn Flow<Item = u32> + Send>> {
        Box::pin(flow! {
            move
            yield n;
            if n > 0 {
                for_await!(m in down(n - 1) => { yield m; });
            }
        })
    }
    let items: Vec<u32> = down(3).collect().await;
    assert_eq!(items, [3, 2, 1, 0]);

    let words = try_flow! {
        for word in ["1", "0", "2"] {
            let n: u32 = word.parse()?;
            if n == 0 {
                return Err(Box::<dyn std::error::Error>::from("zero"));
            }
            yield n;
        }
    };
    let words: Vec<_> = words.collect().await;
    assert!(words.len() == 2 && words[1].is_err());
}

#[tokio::test(start_paused = true)]
async fn question_marks_in_a_generator_without_errors_that_do_not_leave_it() {
    macro_rules! first_of {
        ($numbers:expr $(, $more:expr)?) => {
            $numbers.first().copied()$(.max($more))?
        };
    }
    let numbers = flow! {
        fn parsed<T: ?Sized + AsRef<str>>(text: &T) -> Result<u32, std::num::ParseIntError> {
            Ok(text.as_ref().parse::<u32>()? + 1)
        }
        let all = [1_u32, 2];
        let double = |text: &str| -> Option<u32> { Some(text.parse::<u32>().ok()? * 2) };
        let shown = || Some(all.first()? + 4);
        let any = all.contains(&9) || shown().is_some();
        let awaited = async { Ok::<_, std::num::ParseIntError>("4".parse::<u32>()? + 1) };
        yield parsed("1").unwrap_or(0);
        yield double("4").unwrap_or(0);
        yield ["1", "x"].iter().filter_map(|text| Some(text.parse::<u32>().ok()? | 8)).sum();
        yield awaited.await.unwrap_or_default() + u32::from(any);
        yield first_of!(all, Some(7)).unwrap_or(0);
        yield try_flow! { yield "3".parse::<u32>()?; Err::<(), _>("x".parse::<u32>().unwrap_err())?; }
            .map(|n: Result<_, std::num::ParseIntError>| n.unwrap_or(30)).fold(0, async |sum, n| sum + n).await;
    };
    let items: Vec<u32> = numbers.collect().await;
    assert_eq!(items, [2, 8, 9, 6, 7, 33]);
}

#[tokio::test(start_paused = true)]
async fn races_and_joins_with_commas_and_borrows() {
    let (mut a, mut b) = (1, 2);
    let first = race!(
        assert_cancel_safe(async {
            sleep(ms(2)).await;
            "slow"
        }),
        assert_cancel_safe(async { "fast" }),
    );
    assert_eq!(first.await, "fast");
    join! {
        async { a += 1; sleep(ms(1)).await },
        async { b += 1 },
    }
    .await;
    let mut pinned = pin!(sleep(ms(1)));
    let (one, (), text) = join!(async { 1 }, pinned.as_mut(), async { String::from("x") },).await;
    assert_eq!((a, b, one, text.as_str()), (2, 3, 1, "x"));
}

#[tokio::test(start_paused = true)]
async fn names_of_the_users_are_not_ours() {
    let (__driver, __arm0, __value, __item, __emitter) = (1, 2, 3, 4, 5);
    #[allow(non_snake_case)]
    let (A, D, P) = (6, 7, 8);
    let mut sum = 0;
    merge! { n in iter(0..1) => sum += n + __driver + __arm0 + __value + __item + A + D + P }.await;
    for_await!(__item in iter(__item..5) => sum += __item + D);
    let numbers = flow! { let put = __emitter; yield put + A; };
    for_await!(n in numbers => sum += n);
    assert_eq!(sum, 31 + 11 + 11);
}
