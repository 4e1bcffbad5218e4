//! What a `tracing` subscriber sees: one span for each nursery and child, inside the span of whoever waits for it.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use steadfast::smol::SmolRuntime;
use steadfast::{Nursery, block_on, yield_now};
use steadfast_conformance::probe::Gate;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::set_global_default;
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

use crate::alone;

#[test]
fn each_task_has_one_span_from_its_spawn_to_its_end() {
    alone(
        "spans::each_task_has_one_span_from_its_spawn_to_its_end",
        || {
            let spans = Spans::listen();
            let smol = SmolRuntime::with_threads(2).unwrap();
            let go = Gate::new();
            block_on(&smol, async {
                let shop = Nursery::builder().name("shop").run(async |n| {
                    n.named("gone").spawn(async {});
                    n.named("goes").spawn(go.wait());
                    while n.len() > 1 {
                        yield_now().await;
                    }
                    let seen = ["gone", "goes", "shop"].map(|name| spans.closed(name));
                    // Before the assertion, so that a failure is not a hang.
                    go.open();
                    assert_eq!(seen, [[1], [0], [0]]);
                });
                shop.await;
                assert_eq!(
                    (spans.closed("goes"), spans.closed("shop")),
                    (vec![1], vec![1])
                );
                assert_eq!(spans.closed("gone"), [1]);
            });
        },
    );
}

#[test]
fn each_span_is_inside_that_of_who_waits() {
    alone("spans::each_span_is_inside_that_of_who_waits", || {
        let spans = Spans::listen();
        let smol = SmolRuntime::with_threads(2).unwrap();
        block_on(&smol, async {
            let shop = Nursery::builder().name("shop").run(async |n| {
                n.named("till").spawn(async {
                    let drawer = Nursery::builder().name("drawer").run(async |n| {
                        yield_now().await;
                        n.named("coin").spawn(async {});
                    });
                    drawer.await;
                });
                n.named("door").spawn(async {});
            });
            shop.await;
        });
        for (inside, around) in [
            ("coin", "drawer"),
            ("drawer", "till"),
            ("till", "shop"),
            ("door", "shop"),
        ] {
            assert_eq!(
                spans.around(inside).as_deref(),
                Some(around),
                "around {inside}"
            );
        }
    });
}

/// Whoever polls them: no thread of theirs is ever inside of "shop" when it takes a child.
#[test]
fn each_of_many_has_a_span_inside_that_of_the_spawn() {
    alone(
        "spans::each_of_many_has_a_span_inside_that_of_the_spawn",
        || {
            let spans = Spans::listen();
            let smol = SmolRuntime::with_threads(2).unwrap();
            block_on(&smol, async {
                let shop = Nursery::builder().name("shop").run(async |n| {
                    n.spawn_all((0..100).map(|_| yield_now()));
                });
                shop.await;
            });
            let seen = spans.unnamed_children();
            assert_eq!(seen, vec![(Some("shop".to_owned()), 1); 100]);
        },
    );
}

/// Keeps every span of steadfast's.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Seen>>>);

#[derive(Default)]
struct Seen {
    metadata: Option<&'static Metadata<'static>>,
    name: Option<String>,
    around: Option<usize>,
    closed: usize,
}

thread_local! {
    static ENTERED: RefCell<Vec<Id>> = const { RefCell::new(Vec::new()) };
}

impl Spans {
    /// Listens for the rest of the process.
    fn listen() -> Self {
        let spans = Self::default();
        set_global_default(spans.clone()).expect("nobody else listens");
        spans
    }

    /// How often each span of that name was closed.
    fn closed(&self, name: &str) -> Vec<usize> {
        let spans = self.0.lock().unwrap();
        let named = spans
            .iter()
            .filter(|seen| seen.name.as_deref() == Some(name));
        named.map(|seen| seen.closed).collect()
    }

    /// The name of the span around the one of that name.
    fn around(&self, name: &str) -> Option<String> {
        let spans = self.0.lock().unwrap();
        let named = spans
            .iter()
            .find(|seen| seen.name.as_deref() == Some(name))?;
        spans[named.around?].name.clone()
    }

    /// The name of the span around each child that has none itself, and how often that was closed.
    fn unnamed_children(&self) -> Vec<(Option<String>, usize)> {
        let spans = self.0.lock().unwrap();
        let unnamed = spans.iter().filter(|seen| {
            seen.name.is_none() && seen.metadata.is_some_and(|of| of.name() == "child")
        });
        let around = |seen: &Seen| spans[seen.around?].name.clone();
        unnamed.map(|seen| (around(seen), seen.closed)).collect()
    }

    fn place(id: &Id) -> usize {
        usize::try_from(id.into_u64()).expect("few spans") - 1
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "steadfast" && metadata.is_span()
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut seen = Seen {
            metadata: Some(attributes.metadata()),
            around: ENTERED.with_borrow(|entered| entered.last().map(Self::place)),
            ..Seen::default()
        };
        attributes.record(&mut seen);
        let mut spans = self.0.lock().unwrap();
        spans.push(seen);
        Id::from_u64(spans.len() as u64)
    }

    fn current_span(&self) -> Current {
        let Some(id) = ENTERED.with_borrow(|entered| entered.last().cloned()) else {
            return Current::none();
        };
        let metadata = self.0.lock().unwrap()[Self::place(&id)].metadata;
        metadata.map_or_else(Current::none, |metadata| Current::new(id, metadata))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, id: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(id.clone()));
    }

    fn exit(&self, id: &Id) {
        ENTERED.with_borrow_mut(|entered| assert_eq!(entered.pop().as_ref(), Some(id)));
    }

    fn try_close(&self, id: Id) -> bool {
        self.0.lock().unwrap()[Self::place(&id)].closed += 1;
        true
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "name" {
            self.name = Some(value.to_owned());
        }
    }
}
