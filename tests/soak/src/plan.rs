//! What a round does: a tree of programs, made from a seed alone.

use std::sync::Arc;

use fastrand::Rng;

/// What one future does, step by step.
#[derive(Debug)]
pub(crate) struct Program {
    /// Unique in its round. Who runs it as a child or a body is named after it.
    pub(crate) id: usize,
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

#[derive(Debug)]
pub(crate) enum End {
    Value,
    Error,
    Panic,
}

#[derive(Debug)]
pub(crate) enum Step {
    Yield(usize),
    Sleep(u64),
    /// Until it is asked to end, or for so many milliseconds.
    UntilAsked(u64),
    /// Until it is asked to end, where that is certain; by a mark, or by looking.
    ForRequest(bool),
    /// For ever, where an abort is certain.
    Stuck,
    /// A guard, kept until the program ends or drops it.
    Guard(Arc<CleanUp>),
    DropGuard,
    CloseGuard,
    /// A value whose destructor panics, kept until the program ends.
    Bomb(usize),
    /// A guard that any program may take, and drop.
    LendGuard(Arc<CleanUp>),
    TakeGuard,
    /// Takes one, and drops it on a thread of its own.
    DropOnThread,
    Settle,
    Closing(Arc<CleanUp>, Arc<Program>),
    Own(Arc<Owner>),
    /// Opened here, and left for any program to go on with.
    LendOwner(Arc<Owner>),
    /// Goes on with an owner that was opened elsewhere, or drops it.
    TakeOwner(bool),
    Marked(Arc<Program>),
    /// And whether it must come to its end once it has begun.
    Shielded(bool, Arc<Program>),
    Deadline(u64, Arc<Program>),
    Timeout(u64, Arc<Program>),
    /// A cancel scope that is asked to end after so many milliseconds.
    CancelScope(u64, Arc<Program>),
    /// Work that must complete, dropped after so many polls.
    MustComplete(usize, Arc<Program>),
    /// The step, dropped half-way.
    Cut(Cut, Box<Step>),
    /// Asks the owner that is so many levels further out to end.
    Ask(usize),
    /// Spawns into the owner that is so many levels further out.
    SpawnOut(usize, bool, Arc<Program>),
    /// A task of the host, which drops it after so many milliseconds.
    Plain(Option<u64>, Arc<Program>),
    Blocking(usize),
}

#[derive(Debug)]
pub(crate) enum Cut {
    Polls(usize),
    Millis(u64),
}

#[derive(Debug)]
pub(crate) struct CleanUp {
    pub(crate) id: usize,
    pub(crate) yields: usize,
    pub(crate) millis: u64,
    pub(crate) panics: bool,
    /// Its value's destructor does.
    pub(crate) explodes: bool,
    /// Guarded, and dropped, by the clean-up itself.
    pub(crate) inner: Option<Arc<CleanUp>>,
}

/// A nursery or a scope.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) in_task: bool,
    pub(crate) tries: bool,
    pub(crate) grace: Option<u64>,
    pub(crate) deadline: Option<u64>,
    pub(crate) limit: Option<usize>,
    /// A panic that comes out of the call ends here.
    pub(crate) catches: bool,
    pub(crate) children: Vec<(Way, Arc<Program>)>,
    pub(crate) body: Arc<Program>,
}

/// How a child is spawned.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Plain,
    UntilAsked,
    Background,
    Handle { awaited: bool },
    Supervised { awaited: bool },
    WhenFree,
    Start,
}

/// What may be done where a program stands.
#[derive(Clone, Copy)]
struct Place {
    /// How many levels are still allowed.
    depth: usize,
    /// How many owners are around, the root not counted.
    owners: usize,
    may_fail: bool,
    /// A request reaches it, and comes.
    asked: bool,
    /// An abort reaches it, and comes.
    abortable: bool,
    /// No code of the host drops it.
    kept: bool,
    /// It may be inside of an owner that is lent, and that it must not wait for.
    lent: bool,
    /// It stays in its task. A shield that has begun counts in the task that has begun it.
    stays: bool,
    /// It is in no task of ours, and so has no clock that it need not name.
    foreign: bool,
}

/// The tree of `seed`.
pub(crate) fn grow(seed: u64) -> Arc<Program> {
    let mut garden = Garden {
        rng: Rng::with_seed(seed),
        next: 0,
        left: 60,
    };
    let place = Place {
        depth: 6,
        owners: 0,
        may_fail: false,
        asked: false,
        abortable: false,
        kept: true,
        lent: false,
        stays: true,
        foreign: false,
    };
    garden.program(place)
}

struct Garden {
    rng: Rng,
    next: usize,
    /// How many programs may still be made, so that a round stays short.
    left: usize,
}

impl Garden {
    fn id(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.rng.usize(..n) == 0
    }

    fn program(&mut self, place: Place) -> Arc<Program> {
        self.left = self.left.saturating_sub(1);
        let id = self.id();
        let many = self.rng.usize(1..5);
        let steps = (0..many).map(|_| self.step(place)).collect();
        let end = match self.rng.usize(..12) {
            0 => End::Panic,
            1 | 2 if place.may_fail => End::Error,
            _ => End::Value,
        };
        Arc::new(Program { id, steps, end })
    }

    /// A program that is part of the one at `place`.
    fn part(&mut self, place: Place) -> Arc<Program> {
        self.program(Place {
            depth: place.depth - 1,
            may_fail: false,
            ..place
        })
    }

    fn step(&mut self, place: Place) -> Step {
        if place.abortable && self.one_in(6) {
            return Step::Stuck;
        }
        if place.asked && self.one_in(6) {
            return Step::ForRequest(self.rng.bool());
        }
        if place.depth == 0 || self.left == 0 || self.one_in(3) {
            return self.small_step(place);
        }
        let sheltered = Place {
            asked: false,
            abortable: false,
            ..place
        };
        match self.rng.usize(..24) {
            0..=6 => Step::Own(self.owner(place)),
            7 => Step::Closing(self.clean_up(2), self.part(place)),
            8 => Step::Marked(self.part(place)),
            9 if place.stays => Step::Shielded(place.kept, self.part(sheltered)),
            10 | 11 if place.foreign => self.small_step(place),
            10 => Step::Deadline(self.millis(), self.part(place)),
            11 => Step::Timeout(self.millis(), self.part(place)),
            12 => Step::CancelScope(self.millis(), self.part(place)),
            13 | 14 => Step::MustComplete(self.rng.usize(..4), self.part(sheltered)),
            15..=18 => {
                let cut = match self.rng.bool() {
                    true => Cut::Polls(self.rng.usize(1..6)),
                    false => Cut::Millis(self.millis()),
                };
                let place = Place {
                    kept: false,
                    ..place
                };
                Step::Cut(cut, Box::new(self.step(place)))
            }
            22 => {
                let foreign = Place {
                    owners: 0,
                    asked: false,
                    kept: false,
                    lent: true,
                    stays: false,
                    ..place
                };
                Step::LendOwner(self.owner(foreign))
            }
            23 if !place.lent => Step::TakeOwner(self.rng.bool()),
            19 => Step::Plain(self.maybe_millis(2), self.plain(place)),
            _ if place.owners > 0 => {
                let out = self.rng.usize(..place.owners);
                // What is spawned further out has the owners of there around it.
                let there = Place {
                    depth: place.depth - 1,
                    owners: place.owners - out,
                    may_fail: false,
                    asked: false,
                    abortable: false,
                    kept: false,
                    lent: place.lent,
                    stays: false,
                    foreign: false,
                };
                Step::SpawnOut(out, self.rng.bool(), self.program(there))
            }
            _ => self.small_step(place),
        }
    }

    fn small_step(&mut self, place: Place) -> Step {
        match self.rng.usize(..16) {
            12 => Step::Bomb(self.id()),
            13 => Step::LendGuard(self.clean_up(2)),
            14 => Step::TakeGuard,
            15 => Step::DropOnThread,
            0..=2 => Step::Yield(self.rng.usize(1..4)),
            3 => Step::Sleep(self.millis()),
            4 => Step::UntilAsked(self.millis()),
            5..=7 => Step::Guard(self.clean_up(2)),
            8 => Step::DropGuard,
            9 if self.rng.bool() => Step::CloseGuard,
            9 => Step::Settle,
            10 if place.owners > 0 => Step::Ask(self.rng.usize(..place.owners)),
            11 if place.owners > 0 => Step::Blocking(self.rng.usize(..3)),
            _ => Step::Yield(1),
        }
    }

    fn plain(&mut self, place: Place) -> Arc<Program> {
        self.program(Place {
            depth: place.depth - 1,
            owners: 0,
            may_fail: false,
            asked: false,
            abortable: false,
            kept: false,
            lent: place.lent,
            stays: true,
            foreign: true,
        })
    }

    fn owner(&mut self, place: Place) -> Arc<Owner> {
        let tries = self.rng.bool();
        let grace = self.maybe_millis(2);
        let deadline = self.maybe_millis(3);
        let in_task = self.one_in(3);
        let inside = Place {
            depth: place.depth - 1,
            owners: place.owners + 1,
            may_fail: tries,
            asked: deadline.is_some(),
            abortable: false,
            kept: place.kept,
            lent: place.lent,
            stays: place.stays,
            foreign: false,
        };
        let child = Place {
            abortable: grace.is_some() && deadline.is_some(),
            kept: place.kept || !in_task,
            stays: place.stays || !in_task,
            ..inside
        };
        let many = self.rng.usize(..4);
        let children = (0..many)
            .map(|_| {
                let way = self.way();
                // The error of a supervised child is a value, which may be dropped.
                let may_fail = tries && !matches!(way, Way::Supervised { .. });
                (way, self.program(Place { may_fail, ..child }))
            })
            .collect();
        Arc::new(Owner {
            in_task,
            tries,
            grace,
            deadline,
            limit: self.one_in(4).then(|| self.rng.usize(1..3)),
            catches: self.rng.bool(),
            children,
            body: self.program(inside),
        })
    }

    fn way(&mut self) -> Way {
        match self.rng.usize(..12) {
            0..=4 => Way::Plain,
            5 => Way::UntilAsked,
            6 => Way::Background,
            7 | 8 => Way::Handle {
                awaited: self.rng.bool(),
            },
            9 => Way::Supervised {
                awaited: self.rng.bool(),
            },
            10 => Way::WhenFree,
            _ => Way::Start,
        }
    }

    fn clean_up(&mut self, depth: usize) -> Arc<CleanUp> {
        let id = self.id();
        Arc::new(CleanUp {
            id,
            yields: self.rng.usize(..3),
            millis: self.maybe_millis(3).unwrap_or(0),
            panics: self.one_in(15),
            explodes: self.one_in(20),
            inner: (depth > 0 && self.one_in(4)).then(|| self.clean_up(depth - 1)),
        })
    }

    fn millis(&mut self) -> u64 {
        self.rng.u64(..4)
    }

    fn maybe_millis(&mut self, n: usize) -> Option<u64> {
        self.one_in(n).then(|| self.millis())
    }
}

#[cfg(test)]
mod tests {
    use super::grow;

    #[test]
    fn a_seed_makes_the_same_tree_again_and_another_seed_another_one() {
        let [one, again, other] = [7, 7, 8].map(|seed| format!("{:?}", grow(seed)));
        assert_eq!(one, again);
        assert_ne!(one, other);
    }
}
