//! Faults that the conformance suite plants, to show that its cases can fail.
//!
//! Only there with the feature `__faults`, which is for the suite's own tests and promises nothing. Without it,
//! `is_planted` is a constant. With it, nothing is planted until a test says so, for the whole process.

use crate::sync::atomic::Ordering;

#[cfg(all(feature = "__faults", not(steadfast_loom)))]
pub(crate) mod unsound;

/// A way in which a nursery could be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A child is counted out before its future and its captures are dropped.
    CountsTooEarly,
    /// Only the first failure is kept.
    LosesSecondError,
    /// A request sets the flag, and wakes nobody.
    WakesNobody,
    /// A dropped nursery leaves its children to nobody.
    ForgetsAdoption,
    /// A clean-up runs twice.
    CleansUpTwice,
    /// A child is counted out before its clean-ups are done.
    ForgetsCleanUp,
    /// A request beats a value that is ready.
    CancelBeatsValue,
    /// A shield does not hold.
    ShieldLeaks,
    /// A panic of a child is swallowed.
    SwallowsPanic,
    /// The last child wakes nobody at the exit.
    LeavesQuietly,
    /// The exit looks who is left before it leaves its waker. Shows in a race alone.
    LooksFirst,
    /// The count of children orders nothing. Shows in a race alone, and not on every processor.
    CountsRelaxed,
    /// The flag of a request orders nothing. Shows in a race alone, and not on every processor.
    RequestsRelaxed,
    /// A spawn that is refused orders nothing. Shows in a race alone, and not on every processor.
    RefusesRelaxed,
    /// A wake that finds a child of a scope listed is a mere look. Shows in a race alone, and not on every processor.
    WakesByALook,
    /// A task looks whether its grace is over before it leaves its waker. Shows in a race alone.
    LooksForItsEndFirst,
    /// A child is counted out by a plain read and a plain write. Undefined behaviour.
    CountsPlainly,
    /// A child looks at its nursery after it has let go of it. Undefined behaviour.
    LooksAfterRelease,
}

#[cfg(feature = "__faults")]
impl Fault {
    /// Every fault that shows in what a nursery does.
    pub const ALL: &[Self] = &[
        Self::CountsTooEarly,
        Self::LosesSecondError,
        Self::WakesNobody,
        Self::ForgetsAdoption,
        Self::CleansUpTwice,
        Self::ForgetsCleanUp,
        Self::CancelBeatsValue,
        Self::ShieldLeaks,
        Self::SwallowsPanic,
        Self::LeavesQuietly,
    ];

    /// The faults that only a model finds for sure, because a run meets the race by luck: see the models of this crate.
    pub const RACES: &[Self] = &[
        Self::LooksFirst,
        Self::LooksForItsEndFirst,
        Self::CountsRelaxed,
        Self::RequestsRelaxed,
        Self::RefusesRelaxed,
        Self::WakesByALook,
    ];

    /// The faults for which only a tool has eyes: Miri, or a sanitizer.
    pub const UNSOUND: &[Self] = &[Self::CountsPlainly, Self::LooksAfterRelease];
}

#[cfg(feature = "__faults")]
mod planted {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Fault;

    static PLANTED: AtomicU8 = AtomicU8::new(0);

    /// Plants `fault` in this process; `None` takes it out again.
    pub fn plant(fault: Option<Fault>) {
        PLANTED.store(fault.map_or(0, |fault| fault as u8 + 1), Ordering::SeqCst);
    }

    pub(crate) fn is_planted(fault: Fault) -> bool {
        PLANTED.load(Ordering::SeqCst) == fault as u8 + 1
    }
}

#[cfg(feature = "__faults")]
pub(crate) use self::planted::is_planted;
#[cfg(feature = "__faults")]
pub use self::planted::plant;

#[cfg(not(feature = "__faults"))]
pub(crate) const fn is_planted(_: Fault) -> bool {
    false
}

/// The `order` of an access, which is none under `fault`.
pub(crate) fn unless(fault: Fault, order: Ordering) -> Ordering {
    if is_planted(fault) {
        Ordering::Relaxed
    } else {
        order
    }
}
