//! An event of a loop over several sources.

use super::scope::alone;
use crate::harness::{Contestant, Goal, Race, Scale};
use futures::{
    Stream, StreamExt as _,
    stream::{self, SelectAll},
};
use futures_concurrency::stream::Merge as _;
use std::{
    hint::black_box,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};
use steadfast::{
    Flow as _,
    flow::{StreamBridge as _, iter, merge_all},
    for_await, merge, yield_now,
};
use tokio::sync::mpsc;
use tokio_stream::StreamMap;

const PLOT: &str = "an event of a loop, one source active";

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let events = if scale.is_full() { 100_000 } else { 20_000 };
    let ready = |arms: usize, contestants: fn(usize) -> Vec<Contestant>| {
        let setting = format!("{arms} arms, always ready");
        Race::new("merge", setting, (events, "event"), move || {
            contestants(events)
        })
        .goal(Goal::best(1.2))
        .goal(Goal::peer("tokio::select!", 1.0))
        .with_instructions()
    };
    let mut races = vec![
        Race::new("merge", "1 source, a loop", (events, "event"), move || {
            one_source(events)
        })
        .goal(Goal::floor(1.5))
        .with_instructions(),
        Race::new(
            "merge",
            "1 source that may wait, a loop",
            (events, "event"),
            move || one_that_may_wait(events),
        )
        .goal(Goal::floor(1.5))
        .with_instructions(),
        ready(2, two_ready),
        ready(4, four_ready),
        Race::new("merge", "2 arms, channels", (events, "event"), move || {
            channels(events)
        })
        .goal(Goal::best(1.2)),
    ];
    let sizes: &[usize] = if scale.is_full() {
        &[2, 16, 256, 1_024]
    } else {
        &[2, 256]
    };
    races.extend(sizes.iter().map(|&sources| one_active(sources, events)));
    races.push(
        Race::new(
            "merge",
            "1 of 256 active against 1 of 2",
            (events, "event"),
            move || {
                vec![
                    merged("1 of 2", 2, events),
                    merged("steadfast, 1 of 256", 256, events),
                ]
            },
        )
        .goal(Goal::floor(1.2)),
    );
    races
}

fn one_source(events: usize) -> Vec<Contestant> {
    vec![
        took("while let over a stream", async move || {
            drain(stream::iter(0..events)).await;
        }),
        // What it costs to be able to wait: as often as `for_await!` gives others a turn.
        took("while let, yielding now and then", async move || {
            let mut numbers = std::pin::pin!(stream::iter(0..events));
            let mut left = 128_u8;
            while let Some(n) = numbers.next().await {
                black_box(n);
                left -= 1;
                if left == 0 {
                    left = 128;
                    yield_now().await;
                }
            }
        }),
        took("steadfast, for_await!", async move || {
            for_await!(n in iter(0..events) => { black_box(n); });
        }),
    ]
}

/// An item is there at every look, as above, but the compiler cannot know. So neither loop loses its way to wait.
struct Ready {
    items: std::ops::Range<usize>,
    waits: bool,
}

impl Ready {
    fn new(events: usize) -> Self {
        Self {
            items: 0..events,
            waits: black_box(false),
        }
    }
}

impl Stream for Ready {
    type Item = usize;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<usize>> {
        match self.waits {
            true => Poll::Pending,
            false => Poll::Ready(self.items.next()),
        }
    }
}

fn one_that_may_wait(events: usize) -> Vec<Contestant> {
    vec![
        took("while let over a stream", async move || {
            drain(Ready::new(events)).await;
        }),
        took("steadfast, for_await!", async move || {
            for_await!(n in Ready::new(events).assume_serial() => { black_box(n); });
        }),
    ]
}

fn two_ready(events: usize) -> Vec<Contestant> {
    let each = 0..events / 2;
    let numbers = move || stream::iter(each.clone());
    let ours = 0..events / 2;
    let mut all = streams(2, numbers.clone());
    all.insert(0, {
        let numbers = numbers.clone();
        took("tokio::select!, biased", async move || {
            let (mut a, mut b) = (numbers(), numbers());
            loop {
                tokio::select! {
                    biased;
                    Some(n) = a.next() => { black_box(n); }
                    Some(n) = b.next() => { black_box(n); }
                    else => break,
                }
            }
        })
    });
    all.push({
        let numbers = numbers.clone();
        took("tokio::select!", async move || {
            let (mut a, mut b) = (numbers(), numbers());
            loop {
                tokio::select! {
                    Some(n) = a.next() => { black_box(n); }
                    Some(n) = b.next() => { black_box(n); }
                    else => break,
                }
            }
        })
    });
    all.push(took("futures::select!", async move || {
        let (mut a, mut b) = (numbers().fuse(), numbers().fuse());
        loop {
            futures::select! {
                n = a.select_next_some() => { black_box(n); }
                n = b.select_next_some() => { black_box(n); }
                complete => break,
            }
        }
    }));
    let biased = ours.clone();
    all.push(took("steadfast", async move || {
        merge! {
            n in iter(ours.clone()) => { black_box(n); }
            n in iter(ours.clone()) => { black_box(n); }
        }
        .await;
    }));
    all.push(took("steadfast, biased", async move || {
        merge! {
            biased;
            n in iter(biased.clone()) => { black_box(n); }
            n in iter(biased.clone()) => { black_box(n); }
        }
        .await;
    }));
    all
}

fn four_ready(events: usize) -> Vec<Contestant> {
    let each = 0..events / 4;
    let numbers = move || stream::iter(each.clone());
    let ours = 0..events / 4;
    let mut all = streams(4, numbers.clone());
    all.insert(0, {
        let numbers = numbers.clone();
        took("tokio::select!, biased", async move || {
            let (mut a, mut b, mut c, mut d) = (numbers(), numbers(), numbers(), numbers());
            loop {
                tokio::select! {
                    biased;
                    Some(n) = a.next() => { black_box(n); }
                    Some(n) = b.next() => { black_box(n); }
                    Some(n) = c.next() => { black_box(n); }
                    Some(n) = d.next() => { black_box(n); }
                    else => break,
                }
            }
        })
    });
    all.push(took("tokio::select!", async move || {
        let (mut a, mut b, mut c, mut d) = (numbers(), numbers(), numbers(), numbers());
        loop {
            tokio::select! {
                Some(n) = a.next() => { black_box(n); }
                Some(n) = b.next() => { black_box(n); }
                Some(n) = c.next() => { black_box(n); }
                Some(n) = d.next() => { black_box(n); }
                else => break,
            }
        }
    }));
    all.push(took("steadfast", async move || {
        merge! {
            n in iter(ours.clone()) => { black_box(n); }
            n in iter(ours.clone()) => { black_box(n); }
            n in iter(ours.clone()) => { black_box(n); }
            n in iter(ours.clone()) => { black_box(n); }
        }
        .await;
    }));
    all
}

/// Those that merge any number of streams of one kind.
fn streams<S, M>(arms: usize, make: M) -> Vec<Contestant>
where
    S: Stream<Item = usize> + Unpin + Send + 'static,
    M: Fn() -> S + Clone + 'static,
{
    let (a, b, c, d) = (make.clone(), make.clone(), make.clone(), make);
    vec![
        took("StreamMap", async move || {
            drain(
                (0..arms)
                    .map(|arm| (arm, a()))
                    .collect::<StreamMap<_, _>>()
                    .map(|(_, n)| n),
            )
            .await;
        }),
        took("SelectAll", async move || {
            drain((0..arms).map(|_| b()).collect::<SelectAll<_>>()).await;
        }),
        took("futures-concurrency", async move || {
            drain((0..arms).map(|_| c()).collect::<Vec<_>>().merge()).await;
        }),
        took("futures-buffered", async move || {
            drain(
                (0..arms)
                    .map(|_| d())
                    .collect::<futures_buffered::MergeUnbounded<_>>(),
            )
            .await;
        }),
    ]
}

/// Two tasks' worth of messages, in two channels that are never empty for long.
fn channels(events: usize) -> Vec<Contestant> {
    let filled = move || {
        let (send, receive) = mpsc::channel(events);
        (0..events / 2).for_each(|n| send.try_send(n).expect("there is room"));
        receive
    };
    vec![
        Contestant::timed("tokio::select!, biased", move || {
            let (mut a, mut b) = (filled(), filled());
            timed_alone(async move {
                loop {
                    tokio::select! {
                        biased;
                        Some(n) = a.recv() => { black_box(n); }
                        Some(n) = b.recv() => { black_box(n); }
                        else => break,
                    }
                }
            })
        }),
        Contestant::timed("StreamMap", move || {
            let each = [filled(), filled()].map(tokio_stream::wrappers::ReceiverStream::new);
            timed_alone(drain(
                each.into_iter()
                    .enumerate()
                    .collect::<StreamMap<_, _>>()
                    .map(|(_, n)| n),
            ))
        }),
        Contestant::timed("SelectAll", move || {
            let each = [filled(), filled()].map(tokio_stream::wrappers::ReceiverStream::new);
            timed_alone(drain(each.into_iter().collect::<SelectAll<_>>()))
        }),
        Contestant::timed("steadfast", move || {
            let [a, b] = [filled(), filled()]
                .map(|c| tokio_stream::wrappers::ReceiverStream::new(c).assume_serial());
            timed_alone(async move {
                merge! {
                    n in a => { black_box(n); }
                    n in b => { black_box(n); }
                }
                .await;
            })
        }),
    ]
}

/// A source that never says anything, or that is woken once for each of its items.
enum Source {
    Idle,
    Active { left: usize, is_woken: bool },
}

impl Stream for Source {
    type Item = usize;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let Self::Active { left, is_woken } = &mut *self else {
            return Poll::Pending;
        };
        *is_woken = !*is_woken;
        if *is_woken {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match left.checked_sub(1) {
            Some(rest) => {
                *left = rest;
                Poll::Ready(Some(rest))
            }
            None => Poll::Ready(None),
        }
    }
}

fn sources(count: usize, events: usize) -> impl Iterator<Item = Source> {
    let active = Source::Active {
        left: events,
        is_woken: false,
    };
    (1..count).map(|_| Source::Idle).chain([active])
}

fn one_active(count: usize, events: usize) -> Race {
    Race::new(
        "merge",
        format!("1 of {count} sources active"),
        (events, "event"),
        move || {
            let fewer = (events / count).max(10);
            vec![
                took("SelectAll", async move || {
                    first_of(sources(count, events).collect::<SelectAll<_>>(), events).await;
                }),
                // Polls all of them for each event: so many fewer events.
                Contestant::timed("StreamMap", move || {
                    let map: StreamMap<_, _> = sources(count, fewer).enumerate().collect();
                    let took = timed_alone(first_of(map.map(|(_, n)| n), fewer));
                    took.mul_f64(events as f64 / fewer as f64)
                })
                .doing(fewer),
                took("futures-buffered", async move || {
                    first_of(
                        sources(count, events).collect::<futures_buffered::MergeUnbounded<_>>(),
                        events,
                    )
                    .await;
                }),
                merged("steadfast", count, events),
            ]
        },
    )
    .goal(Goal::best(0.5).of(if count >= 256 { "steadfast" } else { "" }))
    .with_instructions()
    .at(PLOT, "sources", count)
}

fn merged(name: &'static str, count: usize, events: usize) -> Contestant {
    took(name, async move || {
        let all = merge_all(sources(count, events).map(|source| source.assume_serial()));
        all.take(events).for_each(async |n| _ = black_box(n)).await;
    })
}

async fn first_of(numbers: impl Stream<Item = usize>, events: usize) {
    drain(numbers.take(events)).await;
}

async fn drain(numbers: impl Stream<Item = usize>) {
    let mut numbers = std::pin::pin!(numbers);
    while let Some(n) = numbers.next().await {
        black_box(n);
    }
}

fn took(name: &'static str, work: impl AsyncFn() + 'static) -> Contestant {
    alone(name, async move || {
        let start = Instant::now();
        work().await;
        start.elapsed()
    })
}

fn timed_alone(work: impl Future<Output = ()>) -> std::time::Duration {
    crate::work::spin(async {
        let start = Instant::now();
        work.await;
        start.elapsed()
    })
}
