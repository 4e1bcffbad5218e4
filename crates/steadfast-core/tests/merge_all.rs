//! Many sources as one flow: who is polled, and when.
#![cfg(feature = "std")]

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use steadfast_core::flow::{empty, iter, merge_all, once};
use steadfast_core::{Flow, yield_now};

/// A source that gives what it is told to give, and counts how often it is polled.
#[derive(Clone, Default)]
struct Source(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    items: VecDeque<u32>,
    over: bool,
    /// Something is in progress between items.
    busy: bool,
    waker: Option<Waker>,
    asked: usize,
    progressed: usize,
}

impl Source {
    /// Changes the state, and wakes whoever waits for that.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.0.lock().unwrap();
            change(&mut state);
            state.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    fn give(&self, item: u32) {
        self.change(|state| state.items.push_back(item));
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    fn progressed(&self) -> usize {
        self.0.lock().unwrap().progressed
    }

    /// No one else has this source.
    fn is_dropped(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

impl Flow for Source {
    type Item = u32;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u32>> {
        let mut state = self.0.lock().unwrap();
        state.asked += 1;
        match state.items.pop_front() {
            None if !state.over => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
            item => Poll::Ready(item),
        }
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap();
        state.progressed += 1;
        if state.busy {
            state.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

/// A waker that counts.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A task that polls by hand.
struct Task {
    wakes: Arc<Wakes>,
    waker: Waker,
}

impl Task {
    fn new() -> Self {
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(wakes.clone());
        Self { wakes, waker }
    }

    fn next<F: Flow + Unpin>(&self, flow: &mut F) -> Poll<Option<F::Item>> {
        Pin::new(flow).poll_next(&mut Context::from_waker(&self.waker))
    }

    fn progress<F: Flow + Unpin>(&self, flow: &mut F) -> Poll<()> {
        Pin::new(flow).poll_progress(&mut Context::from_waker(&self.waker))
    }

    /// Wakes since the last look.
    fn wakes(&self) -> usize {
        self.wakes.0.swap(0, SeqCst)
    }
}

fn sources(count: usize) -> Vec<Source> {
    std::iter::repeat_with(Source::default)
        .take(count)
        .collect()
}

#[test]
fn sources_that_have_nothing_to_say_are_not_polled() {
    const EVENTS: usize = if cfg!(miri) { 10 } else { 1000 };
    let (task, sources) = (Task::new(), sources(256));
    let mut flow = merge_all(sources.clone());
    assert!(task.next(&mut flow).is_pending());
    for event in 0..EVENTS as u32 {
        sources[7].give(event);
        assert_eq!(task.wakes(), 1);
        assert_eq!(task.next(&mut flow), Poll::Ready(Some(event)));
        assert_eq!(task.progress(&mut flow), Poll::Pending);
        assert!(task.next(&mut flow).is_pending());
    }
    for (number, source) in sources.iter().enumerate() {
        // Once in the beginning; the active one also for each item, and after it.
        let asked = if number == 7 { 1 + 2 * EVENTS } else { 1 };
        assert_eq!(source.asked(), asked, "{number}");
        assert_eq!(source.progressed(), if number == 7 { EVENTS } else { 0 });
    }
}

#[test]
fn items_come_in_the_order_in_which_they_came() {
    let (task, sources) = (Task::new(), sources(5));
    let mut flow = merge_all(sources.clone());
    assert!(task.next(&mut flow).is_pending());
    for number in [3, 1, 4] {
        sources[number].give(number as u32);
        sources[number].give(10 + number as u32);
    }
    // Many bells, one wake.
    assert_eq!(task.wakes(), 1);
    let mut order = Vec::new();
    while let Poll::Ready(item) = task.next(&mut flow) {
        order.push(item.unwrap());
    }
    assert_eq!(order, [3, 1, 4, 13, 11, 14]);
}

#[test]
fn a_source_that_is_always_ready_starves_nobody() {
    let (task, rare) = (Task::new(), Source::default());
    let boxed: Vec<Pin<Box<dyn Flow<Item = u32>>>> =
        vec![Box::pin(iter(100..)), Box::pin(rare.clone())];
    let mut flow = merge_all(boxed);
    for item in 100..200 {
        assert_eq!(task.next(&mut flow), Poll::Ready(Some(item)));
    }
    rare.give(7);
    let next = [task.next(&mut flow), task.next(&mut flow)];
    assert!(next.contains(&Poll::Ready(Some(7))), "{next:?}");
}

#[test]
fn while_an_item_is_handled_its_source_is_not_asked_and_the_others_are_until_they_have_one() {
    let (task, sources) = (Task::new(), sources(3));
    let mut flow = merge_all(sources.clone());
    assert!(task.next(&mut flow).is_pending());
    sources[0].give(1);
    sources[0].give(2);
    assert_eq!(task.next(&mut flow), Poll::Ready(Some(1)));
    let before = sources[0].asked();
    for item in [10, 11, 12] {
        sources[1].give(item);
        assert_eq!(task.progress(&mut flow), Poll::Pending);
    }
    assert_eq!(sources[0].asked(), before);
    // One poll for the item, none for those behind it.
    assert_eq!(sources[1].asked(), 2);
    let rest = [(); 4].map(|()| task.next(&mut flow));
    assert_eq!(rest, [10, 2, 11, 12].map(|item| Poll::Ready(Some(item))));
}

#[test]
fn what_a_source_has_in_progress_moves_while_its_item_waits_or_is_handled() {
    let (task, source) = (Task::new(), Source::default());
    let mut flow = merge_all([source.clone()]);
    source.change(|state| {
        state.busy = true;
        state.items.push_back(1);
    });
    assert_eq!(task.next(&mut flow), Poll::Ready(Some(1)));
    for round in 1..5 {
        assert_eq!(task.progress(&mut flow), Poll::Pending);
        assert_eq!(source.progressed(), round, "it is polled when it is woken");
        source.change(|_| ());
        assert_eq!(task.wakes(), 1);
    }
    source.change(|state| state.busy = false);
    assert_eq!(task.progress(&mut flow), Poll::Ready(()));
    assert_eq!((source.asked(), source.progressed()), (1, 5));
}

#[test]
fn a_source_that_has_ended_is_gone_and_with_the_last_one_the_flow_ends() {
    let (task, sources) = (Task::new(), sources(2));
    let mut flow = merge_all(sources.clone());
    assert!(task.next(&mut flow).is_pending());
    sources[1].change(|state| state.over = true);
    assert!(task.next(&mut flow).is_pending());
    assert!(sources[1].is_dropped() && !sources[0].is_dropped());
    sources[0].change(|state| {
        state.items.push_back(1);
        state.over = true;
    });
    assert_eq!(task.next(&mut flow), Poll::Ready(Some(1)));
    assert_eq!(task.next(&mut flow), Poll::Ready(None));
    assert!(sources[0].is_dropped());
    assert_eq!(task.next(&mut flow), Poll::Ready(None));
    assert_eq!(
        task.next(&mut merge_all([empty::<()>(), empty()])),
        Poll::Ready(None)
    );
    assert_eq!(
        task.next(&mut merge_all::<[Source; 0]>([])),
        Poll::Ready(None)
    );
}

#[test]
fn a_source_that_wakes_itself_gives_others_their_turn() {
    let (task, polls) = (Task::new(), AtomicUsize::new(0));
    let restless = poll_fn(|cx: &mut Context<'_>| {
        cx.waker().wake_by_ref();
        match polls.fetch_add(1, SeqCst) {
            9 => Poll::Ready(()),
            _ => Poll::Pending,
        }
    });
    let mut flow = merge_all([once(restless)]);
    for poll in 1..10 {
        assert!(task.next(&mut flow).is_pending());
        assert_eq!((polls.load(SeqCst), task.wakes()), (poll, 1));
    }
    assert_eq!(task.next(&mut flow), Poll::Ready(Some(())));
}

#[test]
fn dropped_it_drops_its_sources_and_late_wakes_find_nobody() {
    let (task, sources) = (Task::new(), sources(3));
    let mut flow = merge_all(sources.clone());
    assert!(task.next(&mut flow).is_pending());
    sources[2].give(1);
    drop(flow);
    assert!(sources.iter().all(Source::is_dropped));
    let _ = task.wakes();
    sources[0].give(2);
    assert_eq!(task.wakes(), 0);
}

#[test]
fn a_panic_of_a_source_goes_on_and_leaves_the_others() {
    let (task, source) = (Task::new(), Source::default());
    let boxed: Vec<Pin<Box<dyn Flow<Item = u32>>>> = vec![
        Box::pin(source.clone()),
        Box::pin(iter(0..3).inspect(|n| assert!(*n < 1, "no more"))),
    ];
    let mut flow = merge_all(boxed);
    assert_eq!(task.next(&mut flow), Poll::Ready(Some(0)));
    let panic = catch_unwind(AssertUnwindSafe(|| task.next(&mut flow)));
    assert!(panic.is_err());
    source.give(7);
    assert_eq!(task.next(&mut flow), Poll::Ready(Some(7)));
}

#[test]
fn sources_are_fed_by_other_threads() {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    const EACH: u32 = if cfg!(miri) { 20 } else { 2000 };
    let sources = sources(16);
    let flow = merge_all(sources.clone());
    let feeders = sources.chunks(4).map(|sources| {
        let sources = sources.to_vec();
        std::thread::spawn(move || {
            for item in 0..EACH {
                sources.iter().for_each(|source| source.give(item));
            }
            sources
                .iter()
                .for_each(|source| source.change(|state| state.over = true));
        })
    });
    let feeders: Vec<_> = feeders.collect();
    let mut sum = pin!(flow.fold((0, 0), async |(count, sum), item| {
        if item % 7 == 0 {
            yield_now().await;
        }
        (count + 1, sum + u64::from(item))
    }));
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let (count, sum) = loop {
        match sum.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(sums) => break sums,
            Poll::Pending => std::thread::park(),
        }
    };
    feeders
        .into_iter()
        .for_each(|feeder| feeder.join().unwrap());
    assert_eq!(
        (count, sum),
        (16 * EACH, 16 * u64::from(EACH - 1) * u64::from(EACH) / 2)
    );
}

#[test]
fn it_is_send_as_its_sources_are() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&merge_all([Source::default()]));
}
