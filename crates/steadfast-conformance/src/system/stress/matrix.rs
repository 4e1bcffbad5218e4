//! One child, and all that can become of it: who asks it to end, when, what it does then, and how it ends.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::OnceLock;

use steadfast_core::{
    Builder, CancelScope, Child, ChildState, Failure, FutureExt, NurseryError, Runtime, checkpoint,
};

use super::factor::spread;
use crate::Fixture;
use crate::probe::{Gate, yield_once};
use crate::system::ledger::{Ledger, Reports, words};

crate::suite::cases! {
    system_stress_matrix_tests in system;

    /// Each of 256 mixes of who asks, when, what the child does then and how it ends has the outcome that is written down for it.
    #[case("system/matrix-of-outcomes", capability(Unwind), laws = [], isolated)]
    fn matrix_of_outcomes<S>(fx: &Fixture<S>) {
        let reports = Reports::collect();
        for number in spread(256) {
            let cell = Cell::of(number);
            let before = reports.count(|_| true);
            let outcome = run(fx, cell);
            let seen = Outcome { reported: reports.count(|_| true) - before, ..outcome };
            assert_eq!(seen, cell.expected(), "{cell:?}, which is cell {number}");
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nursery,
    Handle,
    /// A sibling that fails.
    Sibling,
    /// The cancel scope around the nursery.
    Around,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// The child has begun, and stands at an await without a mark.
    Before,
    /// It is in what it does.
    Meanwhile,
    /// It has done that, and stands at an await without a mark.
    Afterwards,
    /// It has finished.
    TooLate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    /// Waits in a marked region.
    Marked,
    /// Waits under a shield in a marked region.
    Shielded,
    /// Waits without a mark.
    Unmarked,
    /// Waits without a mark, and then looks.
    Looks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Value,
    Error,
    Panic,
    /// At once with the request, if there was one.
    Request,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    who: Who,
    when: When,
    does: Does,
    ends: Ends,
}

/// What can be seen of a cell from outside.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    gave_way: bool,
    child: ChildState,
    nursery: Answer,
    /// Failures that nobody returned.
    reported: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Value,
    Error {
        primary: &'static str,
        others: Vec<&'static str>,
        after_cancel: usize,
    },
    Panic(String),
}

impl Cell {
    fn of(number: usize) -> Self {
        Self {
            who: [Who::Nursery, Who::Handle, Who::Sibling, Who::Around][number / 64],
            when: [
                When::Before,
                When::Meanwhile,
                When::Afterwards,
                When::TooLate,
            ][number / 16 % 4],
            does: [Does::Marked, Does::Shielded, Does::Unmarked, Does::Looks][number / 4 % 4],
            ends: [Ends::Value, Ends::Error, Ends::Panic, Ends::Request][number % 4],
        }
    }

    /// The oracle. Who asks makes no difference to the child.
    fn expected(self) -> Outcome {
        let gave_way = match (self.when, self.does) {
            (When::Before | When::Meanwhile, Does::Marked | Does::Looks) => true,
            (When::Before | When::Meanwhile, Does::Shielded | Does::Unmarked) => false,
            (When::Afterwards | When::TooLate, _) => false,
        };
        let child = match (self.ends, gave_way) {
            (Ends::Value, _) | (Ends::Request, false) => ChildState::Done,
            (Ends::Error, false) => ChildState::Failed,
            (Ends::Error | Ends::Request, true) => ChildState::Cancelled,
            (Ends::Panic, _) => ChildState::Panicked,
        };
        let error = |primary, others: &[_], after_cancel| Answer::Error {
            primary,
            others: others.to_vec(),
            after_cancel,
        };
        let (nursery, reported) = match (child, self.who, self.when) {
            (ChildState::Done, Who::Sibling, _) => (error("sibling", &[], 0), 0),
            (ChildState::Done, ..) => (Answer::Value, 0),
            (ChildState::Failed, Who::Sibling, When::TooLate) => (error("own", &["sibling"], 0), 0),
            (ChildState::Failed, Who::Sibling, _) => (error("sibling", &["own"], 0), 0),
            (ChildState::Failed, ..) => (error("own", &[], 0), 0),
            (ChildState::Cancelled, Who::Sibling, _) => (error("sibling", &[], 1), 0),
            // An error of its own is told; the request that it merely passes on is not.
            (ChildState::Cancelled, ..) => (Answer::Value, usize::from(self.ends == Ends::Error)),
            (ChildState::Panicked, Who::Sibling, _) => (Answer::Panic("own".to_owned()), 1),
            (ChildState::Panicked, ..) => (Answer::Panic("own".to_owned()), 0),
            (state, ..) => unreachable!("no cell ends {state:?}"),
        };
        Outcome {
            gave_way,
            child,
            nursery,
            reported,
        }
    }
}

/// Where the child stands, and what lets it go on.
#[derive(Clone, Default)]
struct Stage {
    at_first_hold: Gate,
    first_hold: Gate,
    doing: Gate,
    go: Gate,
    has_done: Gate,
    second_hold: Gate,
    gave_way: Gate,
}

impl Stage {
    /// The child.
    async fn perform(self, cell: Cell) -> Result<(), &'static str> {
        self.at_first_hold.open();
        self.first_hold.wait().await;
        self.doing.open();
        let done = match cell.does {
            Does::Marked => self.go.wait().or_cancelled().await,
            Does::Shielded => self.go.wait().shielded().or_cancelled().await,
            Does::Unmarked => {
                self.go.wait().await;
                Ok(())
            }
            Does::Looks => {
                self.go.wait().await;
                checkpoint()
            }
        };
        if done.is_err() {
            self.gave_way.open();
        }
        self.has_done.open();
        if cell.ends == Ends::Request {
            return done.map_err(|_| "request");
        }
        self.second_hold.wait().await;
        // In a later poll than the one in which it gave way, whoever was quicker.
        yield_once().await;
        match cell.ends {
            Ends::Error => Err("own"),
            Ends::Panic => panic!("own"),
            Ends::Value | Ends::Request => Ok(()),
        }
    }

    /// The body: leads the child through its stations, and asks at the right one.
    async fn lead(self, cell: Cell, ask: impl Future<Output = ()>, child: &Child<()>) {
        let mut ask = pin!(ask);
        self.at_first_hold.wait().await;
        if cell.when == When::Before {
            ask.as_mut().await;
        }
        self.first_hold.open();
        self.doing.wait().await;
        if cell.when == When::Meanwhile {
            ask.as_mut().await;
        }
        // A value would beat the request, so that there must be none where the region is to give way.
        if cell.does != Does::Marked || matches!(cell.when, When::Afterwards | When::TooLate) {
            self.go.open();
        }
        self.has_done.wait().await;
        if cell.when == When::Afterwards {
            ask.as_mut().await;
        }
        self.second_hold.open();
        child.wait().await;
        if cell.when == When::TooLate {
            ask.await;
        }
    }
}

fn run<R: Runtime>(fx: &Fixture<R>, cell: Cell) -> Outcome {
    let (stage, ledger, ended) = (Stage::default(), Ledger::default(), OnceLock::new());
    let (guard, around) = (ledger.guard("of the child"), CancelScope::new());
    let asks_around = around.handle();
    let nursery = Builder::on(&fx.runtime()).try_run(async |n| {
        let performs = stage.clone();
        let child = n.spawn_with_handle(async move {
            let _guard = guard;
            performs.perform(cell).await
        });
        let trip = Gate::new();
        let tripped = trip.wait();
        let sibling = n.spawn_with_handle(async move {
            tripped.await;
            if cell.who == Who::Sibling {
                Err("sibling")
            } else {
                Ok(())
            }
        });
        let ask = async {
            match cell.who {
                Who::Nursery => n.cancel("enough"),
                Who::Handle => child.cancel("enough"),
                Who::Around => asks_around.cancel("enough"),
                Who::Sibling => {}
            }
            trip.open();
            sibling.wait().await;
        };
        stage.clone().lead(cell, ask, &child).await;
        _ = ended.set(child.wait().await);
        Ok(())
    });
    let answer = catch_unwind(AssertUnwindSafe(|| fx.block_on(around.run(nursery))));
    ledger.assert_all_closed_once(1);
    Outcome {
        gave_way: stage.gave_way.is_open(),
        child: *ended.get().expect("the body has seen the end of the child"),
        nursery: Answer::of(answer),
        reported: 0,
    }
}

impl Answer {
    fn of(ended: std::thread::Result<Result<(), NurseryError<&'static str>>>) -> Self {
        let error = match ended {
            Ok(Ok(())) => return Self::Value,
            Ok(Err(error)) => error,
            Err(payload) => return Self::Panic(words(&*payload)),
        };
        let text = |failure: &Failure<_>| *failure.error().expect("nothing else went wrong");
        Self::Error {
            primary: text(error.primary()),
            others: error.others().map(text).collect(),
            after_cancel: error.after_cancel().len(),
        }
    }
}
