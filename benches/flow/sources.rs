//! An event of one source, among many that have nothing to say.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::stream::{Stream, select_all};
use steadfast_core::Flow;
use steadfast_core::flow::merge_all;
use tokio_stream::StreamMap;

use crate::Group;

macro_rules! contestants {
    ($count:literal) => {
        &[
            ("StreamMap", |events| {
                let mut all = StreamMap::new();
                let active = sources($count, |number, source| _ = all.insert(number, source));
                ring(events, &active, all, Stream::poll_next);
            }),
            ("SelectAll", |events| {
                let mut all = select_all([]);
                let active = sources($count, |_, source| all.push(source));
                ring(events, &active, all, Stream::poll_next);
            }),
            ("merge_all", |events| {
                let mut all = Vec::new();
                let active = sources($count, |_, source| all.push(source));
                ring(events, &active, merge_all(all), Flow::poll_next);
            }),
        ]
    };
}

pub(crate) const AMONG_16: Group = ("an event among 16 sources", contestants!(16));
pub(crate) const AMONG_256: Group = ("an event among 256 sources", contestants!(256));

/// Has something to say, and somebody to tell.
#[derive(Default)]
struct Bell {
    rings: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

struct Source(Rc<Bell>);

impl Source {
    fn poll(&self, cx: &Context<'_>) -> Poll<Option<()>> {
        if self.0.rings.replace(false) {
            return Poll::Ready(Some(()));
        }
        let waker = &mut *self.0.waker.borrow_mut();
        match waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Stream for Source {
    type Item = ();

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.poll(cx)
    }
}

impl Flow for Source {
    type Item = ();

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.poll(cx)
    }

    fn poll_progress(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// Adds `count` sources. The bell of one in the middle.
fn sources(count: usize, mut add: impl FnMut(usize, Source)) -> Rc<Bell> {
    let bells: Vec<Rc<Bell>> = (0..count).map(|_| Rc::default()).collect();
    for (number, bell) in bells.iter().enumerate() {
        add(number, Source(bell.clone()));
    }
    bells[count / 2].clone()
}

/// One event at a time: the bell rings, the whole is polled for it, and then until it is pending.
fn ring<S, T>(
    events: u64,
    bell: &Bell,
    all: S,
    poll: fn(Pin<&mut S>, &mut Context<'_>) -> Poll<Option<T>>,
) {
    let mut all = pin!(all);
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(poll(all.as_mut(), cx).is_pending());
    for _ in 0..events {
        bell.rings.set(true);
        bell.waker.borrow().as_ref().unwrap().wake_by_ref();
        assert!(black_box(poll(all.as_mut(), cx)).is_ready());
        assert!(poll(all.as_mut(), cx).is_pending());
    }
}
