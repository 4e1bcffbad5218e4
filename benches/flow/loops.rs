//! An event of a loop whose sources are always ready.

use std::hint::black_box;

use futures_util::stream::{self, StreamExt, select_all};
use steadfast_core::flow::iter;
use steadfast_core::{for_await, merge};
use tokio_stream::StreamMap;

use crate::{Group, drive};

pub(crate) const ONE: Group = (
    "an item of a loop",
    &[
        ("while let over a stream", |items| {
            drive(async {
                let mut numbers = stream::iter(0..items);
                while let Some(n) = numbers.next().await {
                    black_box(n);
                }
            });
        }),
        ("for_await! over a flow", |items| {
            drive(async { for_await!(n in iter(0..items) => { black_box(n); }) });
        }),
    ],
);

macro_rules! contestants {
    ($($source:ident)+, $share:literal) => {
        &[
            ("tokio::select!", |items| {
                drive(async {
                    $(let mut $source = stream::iter(0..items / $share);)+
                    loop {
                        tokio::select! {
                            $(Some(n) = $source.next() => { black_box(n); })+
                            else => break,
                        }
                    }
                });
            }),
            ("tokio::select!, biased", |items| {
                drive(async {
                    $(let mut $source = stream::iter(0..items / $share);)+
                    loop {
                        tokio::select! {
                            biased;
                            $(Some(n) = $source.next() => { black_box(n); })+
                            else => break,
                        }
                    }
                });
            }),
            ("StreamMap", |items| {
                drive(async {
                    let mut all = StreamMap::new();
                    $(_ = all.insert(stringify!($source), stream::iter(0..items / $share));)+
                    while let Some((_, n)) = all.next().await {
                        black_box(n);
                    }
                });
            }),
            ("SelectAll", |items| {
                drive(async {
                    $(let $source = stream::iter(0..items / $share);)+
                    let mut all = select_all([$($source),+]);
                    while let Some(n) = all.next().await {
                        black_box(n);
                    }
                });
            }),
            ("merge!", |items| {
                drive(async {
                    merge! { $(n in { let $source = iter(0..items / $share); $source } => { black_box(n); })+ }.await;
                });
            }),
            ("merge!, biased", |items| {
                drive(async {
                    merge! { biased; $(n in { let $source = iter(0..items / $share); $source } => { black_box(n); })+ }.await;
                });
            }),
        ]
    };
}

pub(crate) const TWO: Group = ("an event of two sources", contestants!(a b, 2));
pub(crate) const FOUR: Group = ("an event of four sources", contestants!(a b c d, 4));
