//! What it takes to end a case that was broken off, and where it is broken off.

/// How far one has to go, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rung {
    /// Everybody ends as soon as all gates are open.
    Itself,
    /// The same, but a clean-up or a piece of work is lost on purpose, and reported.
    Loses,
    /// A plain task of the case waits for a child: the gates must be open for the task to end, and so before the root may.
    Tasks,
    /// The case holds a nursery or a guard outside of its main future, so that it is still there when the root has returned.
    Outside,
    /// Somebody waits for what never comes, or for another runtime, and ends when the root is shut down and its grace is over.
    Shutdown,
    /// A plain task of the case waits for what never comes, and ends with its runtime.
    Runtime,
    /// It cannot be broken off.
    Alone,
}

/// Whether a case has a main future to break off.
pub(crate) fn can_be_broken_off(id: &str) -> bool {
    id.starts_with("system/") || id.starts_with(OVER_SCOPE)
}

/// Whether a case that has one cannot be broken off.
pub(crate) fn is_whole(id: &str) -> bool {
    of(id) == Rung::Alone
}

/// The rung of a case.
pub(crate) fn of(id: &str) -> Rung {
    let listed = LIST.iter().find(|(listed, ..)| is_body_of(listed, id));
    listed.map_or(Rung::Itself, |(_, rung, _)| *rung)
}

/// Whether a case does not pass under a root, because it asserts what a root changes. It is broken off all the same.
pub(crate) fn wants_no_root(id: &str) -> bool {
    ROOTLESS.iter().any(|(listed, _)| is_body_of(listed, id))
}

/// How the names of the cases begin whose body is that of a system case, over a scope.
const OVER_SCOPE: &str = "scope/";

/// Whether the system case `listed` has the body of the case `id`.
fn is_body_of(listed: &str, id: &str) -> bool {
    match id.strip_prefix(OVER_SCOPE) {
        Some(name) => listed.strip_prefix("system/") == Some(name),
        None => listed == id,
    }
}

/// After which polls a case with `total` polls is broken off: each of the first ones, and then ever fewer.
pub(crate) fn breaks(total: u64) -> impl Iterator<Item = u64> {
    let next = |k: &u64| Some(k + 1 + k / EACH * (k / 4));
    std::iter::successors(Some(0), next).take_while(move |k| *k < total)
}

/// Up to here, every poll is one.
const EACH: u64 = 40;

/// The cases above the first rung, and why.
const LIST: &[(&str, Rung, &str)] = &[
    (
        "system/handle-wait-never-fails",
        Rung::Loses,
        "a runtime inside refuses a child",
    ),
    (
        "system/cleanup-that-borrows",
        Rung::Loses,
        "what borrows cannot be adopted",
    ),
    (
        "system/cleanup-by-close",
        Rung::Loses,
        "a guard is taken apart",
    ),
    (
        "system/refused-or-joined-in-race-with-last-child",
        Rung::Loses,
        "refused children are dropped",
    ),
    (
        "system/foreign-thread-spawns-through-handle",
        Rung::Loses,
        "a refused child is dropped",
    ),
    (
        "system/last-resort-hook-that-panics-is-removed",
        Rung::Loses,
        "it has something to report",
    ),
    (
        "system/refused-shows-in-handles",
        Rung::Loses,
        "refused handshakes are dropped",
    ),
    (
        "system/exit-waits-for-pending-start",
        Rung::Tasks,
        "a plain task waits for a child to be ready",
    ),
    (
        "system/guest-after-the-grace",
        Rung::Tasks,
        "plain tasks poll guests, which wait at gates",
    ),
    (
        "system/cleanup-cut",
        Rung::Outside,
        "a nursery is dropped after the main future",
    ),
    (
        "system/nursery-moved-wakes-new-task",
        Rung::Outside,
        "a nursery goes on in another main future",
    ),
    (
        "system/shutdown-ends-exit",
        Rung::Outside,
        "a nursery outlasts its runtime",
    ),
    (
        "system/nested-and-carried-out-goes-on",
        Rung::Outside,
        "a nursery goes on in another main future",
    ),
    (
        "system/last-resort-for-a-late-clean-up-is-a-report",
        Rung::Outside,
        "a guard outlives everybody",
    ),
    (
        "system/cleanup-across-runtimes",
        Rung::Shutdown,
        "another runtime takes its time",
    ),
    (
        "system/timeout-over-foreign-work-loses-nothing",
        Rung::Shutdown,
        "another runtime takes its time",
    ),
    (
        "system/onward-within-the-grace",
        Rung::Shutdown,
        "work that waits for what never comes is adopted",
    ),
    (
        "system/drop-of-wakers-that-are-stale",
        Rung::Shutdown,
        "a nursery is held outside of the main future",
    ),
    (
        "system/group-is-lost-at-shutdown",
        Rung::Shutdown,
        "a nursery is held outside of the main future",
    ),
    (
        "system/map-is-lost-at-shutdown",
        Rung::Shutdown,
        "a nursery is held outside of the main future",
    ),
    (
        "system/drop-after-spurious-polls",
        Rung::Shutdown,
        "a nursery is held outside of the main future",
    ),
    (
        "system/handle-of-child-lost-by-its-runtime",
        Rung::Runtime,
        "a child lasts as long as its runtime",
    ),
    (
        "system/cleanup-that-holds-its-nursery",
        Rung::Runtime,
        "a plain task has a nursery of its own",
    ),
    (
        "system/cleanup-lost-at-shutdown",
        Rung::Runtime,
        "a plain task lasts as long as the runtime",
    ),
    (
        "system/drop-at-shutdown",
        Rung::Runtime,
        "a plain task lasts as long as the runtime",
    ),
    (
        "system/guest-is-lost-with-its-runtime",
        Rung::Runtime,
        "a guest lasts as long as its runtime",
    ),
    (
        "system/shutdown-loses-children",
        Rung::Runtime,
        "children last as long as the runtime",
    ),
    (
        "system/drop-that-never-comes",
        Rung::Alone,
        "it leaks a nursery",
    ),
    (
        "system/cleanup-of-a-leaked-guard",
        Rung::Alone,
        "it leaks a guard",
    ),
    (
        "system/blocking-work-left-alone-ends-quietly",
        Rung::Alone,
        "it unblocks its blocking work when the call has returned",
    ),
    (
        "system/refused-when-full-only-by-try-spawn",
        Rung::Alone,
        "it tries again for ever, without looking for a request",
    ),
];

/// The cases that assert what a root changes, and what that is.
const ROOTLESS: &[(&str, &str)] = &[
    ("system/drop-without-anybody-around", "the root adopts"),
    (
        "system/last-resort-tells-of-children-left-behind",
        "the root adopts",
    ),
    ("system/stress-deep-nesting", "the tree is deeper"),
    ("system/stress-deep-nesting-dropped", "the tree is deeper"),
];

#[cfg(test)]
mod tests {
    use super::{EACH, LIST, ROOTLESS, Rung, breaks};
    use crate::reference::PoolHandle;
    use crate::{Capability, all_cases};

    #[test]
    fn every_listed_case_exists() {
        let cases = all_cases::<PoolHandle>();
        let listed = LIST.iter().map(|(id, ..)| id);
        for id in listed.chain(ROOTLESS.iter().map(|(id, _)| id)) {
            assert!(cases.iter().any(|case| case.info.id == *id), "{id}");
        }
    }

    /// Where the runtime is one for the process, what lasts as long as it does lasts into the next trial.
    #[test]
    fn a_case_that_ends_with_its_runtime_runs_where_that_ends() {
        let cases = all_cases::<PoolHandle>();
        let lasts = |id: &str| super::of(id) == Rung::Runtime;
        for case in cases.iter().filter(|case| lasts(case.info.id)) {
            let needs = case.info.needs;
            assert!(needs.contains(&Capability::Shutdown), "{}", case.info.id);
        }
    }

    #[test]
    fn each_of_the_first_polls_is_one_and_the_others_are_ever_rarer() {
        assert_eq!(breaks(3).collect::<Vec<_>>(), [0, 1, 2]);
        let all: Vec<u64> = breaks(100_000).collect();
        assert!(all.iter().copied().take(40).eq(0..EACH));
        let gaps: Vec<u64> = all.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(
            gaps.is_sorted() && *gaps.last().unwrap() > 1_000,
            "{gaps:?}"
        );
        assert!(all.len() < 80 && all.last() < Some(&100_000));
    }
}
