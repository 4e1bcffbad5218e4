//! The paths: small programs, of each of which one part is counted.

use crate::line::Line;
use std::{
    cell::Cell,
    future::Future,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use steadfast_core::{Builder, Never, Nursery, flow::iter, merge};

pub(crate) struct Path {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// The program that is counted.
    pub(crate) ours: &'static str,
    /// The program whose count is taken off.
    pub(crate) bare: Option<&'static str>,
    pub(crate) units: u64,
}

const CHILDREN: usize = 1_000;
const POLLS: usize = 10;
const EVENTS: usize = 10_000;
const SCOPES: usize = 100;

pub(crate) const PATHS: &[Path] = &[
    Path {
        name: "spawn",
        what: "to spawn a child, beyond a bare task",
        ours: "spawn",
        bare: Some("bare-spawn"),
        units: CHILDREN as u64,
    },
    Path {
        name: "poll",
        what: "a poll of a child that goes on waiting, beyond that of a bare task",
        ours: "polls",
        bare: Some("bare-polls"),
        units: (CHILDREN * POLLS) as u64,
    },
    Path {
        name: "completion",
        what: "the poll in which a child ends, beyond that of a bare task",
        ours: "completion",
        bare: Some("bare-completion"),
        units: CHILDREN as u64,
    },
    Path {
        name: "cancel",
        what: "a request to an idle child, until it is gone",
        ours: "cancel",
        bare: None,
        units: CHILDREN as u64,
    },
    Path {
        name: "scope-open",
        what: "a scope without children, from its opening to its end",
        ours: "scope-opens",
        bare: None,
        units: SCOPES as u64,
    },
    Path {
        name: "scope-child",
        what: "a child of a scope that does not wait, from its spawn to its end",
        ours: "scope-children",
        bare: None,
        units: CHILDREN as u64,
    },
    Path {
        name: "group-child",
        what: "a child of `spawn_all` that does not wait, from its spawn to its end",
        ours: "group-children",
        bare: None,
        units: CHILDREN as u64,
    },
    Path {
        name: "scope-wake",
        what: "a wake of a child of a scope, and the poll that follows",
        ours: "scope-wakes",
        bare: None,
        units: EVENTS as u64,
    },
    Path {
        name: "merge-event",
        what: "an event of `merge!` with two sources",
        ours: "merge-events",
        bare: None,
        units: EVENTS as u64,
    },
];

pub(crate) fn program(name: &str) -> Option<fn()> {
    Some(match name {
        "spawn" => || children(0, Part::Spawn),
        "bare-spawn" => || tasks(0, Part::Spawn),
        "polls" => || children(POLLS, Part::Polls),
        "bare-polls" => || tasks(POLLS, Part::Polls),
        "completion" => || children(0, Part::Run),
        "bare-completion" => || tasks(0, Part::Run),
        "cancel" => cancel,
        "scope-opens" => scope_opens,
        "scope-children" => scope_children,
        "group-children" => group_children,
        "scope-wakes" => scope_wakes,
        "merge-events" => merge_events,
        _ => return None,
    })
}

/// Valgrind counts while this function is on the stack.
#[inline(never)]
fn counted<T>(part: impl FnOnce() -> T) -> T {
    let value = part();
    black_box(());
    value
}

fn counted_if<T>(is_counted: bool, part: impl FnOnce() -> T) -> T {
    if is_counted { counted(part) } else { part() }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Spawn,
    /// All polls but the last one.
    Polls,
    Run,
}

fn children(polls: usize, part: Part) {
    let line = Line::default();
    let mut nursery = pin!(Builder::on(&line).run(async |n: Nursery<Never, Line>| {
        counted_if(part == Part::Spawn, || {
            for _ in 0..CHILDREN {
                n.spawn(Waits(polls));
            }
        });
    }));
    assert!(poll(nursery.as_mut()).is_pending(), "children are left");
    run(&line, part);
    assert!(poll(nursery).is_ready(), "no child is left");
}

fn tasks(polls: usize, part: Part) {
    let line = Line::default();
    counted_if(part == Part::Spawn, || {
        for _ in 0..CHILDREN {
            line.spawn_bare(Waits(polls));
        }
    });
    run(&line, part);
}

fn run(line: &Line, part: Part) {
    match part {
        Part::Spawn => line.run(),
        Part::Run => counted(|| line.run()),
        Part::Polls => {
            counted(|| line.run_for(CHILDREN * POLLS));
            line.run();
        }
    }
}

fn cancel() {
    let line = Line::default();
    let handle = Cell::new(None);
    let mut nursery = pin!(Builder::on(&line).run(async |n: Nursery<Never, Line>| {
        for _ in 0..CHILDREN {
            n.spawn_until_cancelled(std::future::pending::<()>());
        }
        handle.set(Some(n));
    }));
    assert!(poll(nursery.as_mut()).is_pending(), "children are left");
    line.run();
    assert!(poll(nursery.as_mut()).is_pending(), "they wait");
    let handle = handle.take();
    counted(|| {
        if let Some(n) = &handle {
            n.cancel("counted");
        }
        line.run();
    });
    assert!(poll(nursery).is_ready(), "no child is left");
}

fn scope_opens() {
    let line = Line::default();
    let open = || {
        let scope = pin!(Builder::on(&line).scope(async |s| {
            black_box(s);
        }));
        assert!(poll(scope).is_ready(), "nobody is left");
    };
    open();
    counted(|| (0..SCOPES).for_each(|_| open()));
}

fn scope_children() {
    let line = Line::default();
    let mut scope = pin!(Builder::on(&line).scope(async |s| {
        for _ in 0..CHILDREN {
            s.spawn(Waits(0));
        }
    }));
    counted(|| while poll(scope.as_mut()).is_pending() {});
}

fn group_children() {
    let line = Line::default();
    let mut nursery = pin!(Builder::on(&line).run(async |n: Nursery<Never, Line>| {
        counted(|| _ = n.spawn_all((0..CHILDREN).map(|_| Waits(0))));
    }));
    assert!(poll(nursery.as_mut()).is_pending(), "children are left");
    counted(|| line.run());
    assert!(poll(nursery).is_ready(), "no child is left");
}

fn scope_wakes() {
    let line = Line::default();
    let mut scope = pin!(Builder::on(&line).scope(async |s| {
        for _ in 1..10 {
            s.spawn_until_cancelled(std::future::pending::<()>());
        }
        let all = s.clone();
        s.spawn(async move {
            Waits(EVENTS).await;
            all.cancel("counted");
        });
    }));
    counted(|| while poll(scope.as_mut()).is_pending() {});
}

fn merge_events() {
    let numbers = || iter(0..EVENTS / 2);
    let mut events = pin!(async {
        merge! {
            n in numbers() => { black_box(n); }
            n in numbers() => { black_box(n); }
        }
        .await;
    });
    counted(|| while poll(events.as_mut()).is_pending() {});
}

/// Waits so many times, and wakes itself each time.
struct Waits(usize);

impl Future for Waits {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.0.checked_sub(1) {
            None => Poll::Ready(()),
            Some(rest) => {
                self.0 = rest;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
