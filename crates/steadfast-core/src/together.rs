//! Several futures of one task at once: `race!`, `join!`, `try_join!`, and `join_all` and `try_join_all` for any number.
//!
//! Each is a list of futures, one inside of the other, so that no box is needed. A future is dropped where it is, before the whole
//! returns.

#[cfg(feature = "alloc")]
mod all;
mod flat;
mod join;
mod panics;
mod race;
mod try_join;

#[cfg(feature = "alloc")]
pub use self::all::{JoinAll, join_all, try_join_all};
pub use self::flat::Flatten;
pub use self::join::{Join, JoinArm, JoinArms, join};
use self::panics::{Call, FirstPanic};
pub use self::race::{Race, RaceArm, RaceArms, race};
pub use self::try_join::{TryJoinArm, TryJoinArms, try_join};

/// The end of a list.
#[derive(Debug)]
pub struct End;

/// The output of the first of several futures; the others are dropped before it returns.
///
/// `race!(a, b, c).await`. All have the same output and must be [`CancelSafe`](crate::CancelSafe), because all but one are
/// dropped half-way: wrap one in [`assert_cancel_safe`](crate::assert_cancel_safe), or mark it with
/// `or_cancelled`. They are polled in the order in which they are written; of several that are ready together, the first wins.
///
/// # Panics
///
/// A panic of one of them goes on to the caller, and drops the others.
///
/// # Cancel safety
///
/// May be dropped at any time, as all of its futures may.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use std::future::{pending, ready};
/// use steadfast_core::race;
///
/// assert_eq!(race!(pending(), ready(1)).await, 1);
/// # }).expect("it does not wait");
/// ```
#[macro_export]
macro_rules! race {
    () => {
        compile_error!("`race!` over nothing would never end; give it a future, or await `std::future::pending()`")
    };
    (@list) => { $crate::__private::End };
    (@list $first:expr $(, $rest:expr)*) => {
        $crate::__private::RaceArm::new($first, $crate::race!(@list $($rest),*))
    };
    ($($future:expr),+ $(,)?) => { $crate::__private::race($crate::race!(@list $($future),+)) };
}

/// The outputs of several futures, which run at the same time in this task.
///
/// `let (x, y) = join!(a, b).await`, for up to 12 futures. Unlike the macro of other crates it gives a future. They may borrow.
///
/// # Panics
///
/// If one of them panics, the others are finished first; then the first panic goes on to the caller, and later ones are
/// [reported](crate::Report::Unreturned). Without `std` a panic goes on at once.
///
/// # Cancel safety
///
/// Dropping it drops all of them.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::join;
///
/// let text = String::from("shared");
/// assert_eq!(join!(async { text.len() }, async { text.is_empty() }).await, (6, false));
/// # }).expect("it does not wait");
/// ```
#[macro_export]
macro_rules! join {
    () => {
        compile_error!("`join!` over nothing has nothing to wait for; give it a future, or use `join_all` for a list that may be empty")
    };
    ($a:expr, $b:expr, $c:expr, $d:expr, $e:expr, $f:expr, $g:expr, $h:expr, $i:expr, $j:expr, $k:expr, $l:expr, $m:expr $(, $more:expr)* $(,)?) => {
        compile_error!("`join!` takes up to 12 futures: put some of them into a `join!` of their own, or use `join_all` if they have the same output")
    };
    (@list) => { $crate::__private::End };
    (@list $first:expr $(, $rest:expr)*) => {
        $crate::__private::JoinArm::new($first, $crate::join!(@list $($rest),*))
    };
    ($($future:expr),+ $(,)?) => { $crate::__private::join($crate::join!(@list $($future),+)) };
}

/// The values of several futures, or the first error, **after all of them have finished**.
///
/// `let (x, y) = try_join!(a, b).await?`, for up to 12 futures. When one has failed, the others are asked to end (a request, seen at
/// the points that they marked) and awaited; nothing is dropped half-way. Without `std` nobody is asked, and all go to their end.
///
/// # Errors
///
/// The first error in the order of completion. Later ones are dropped: often they say only that their future gave way.
///
/// # Panics
///
/// As [`join!`](crate::join). A panic is a failure like an error, and outranks it; an error that came before it is
/// [reported](crate::Report::Unreturned) with its type.
///
/// # Cancel safety
///
/// Dropping it drops all of them.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{try_join, yield_now};
///
/// let mut finished = false;
/// let failed: Result<((), ()), &str> = try_join!(async { Err("no") }, async {
///     finished = true;
///     Ok(())
/// })
/// .await;
/// assert_eq!((failed, finished), (Err("no"), true));
/// # }).expect("it does not wait");
/// ```
#[macro_export]
macro_rules! try_join {
    () => {
        compile_error!("`try_join!` over nothing has nothing to wait for; give it a future, or use `try_join_all` for a list that may be empty")
    };
    ($a:expr, $b:expr, $c:expr, $d:expr, $e:expr, $f:expr, $g:expr, $h:expr, $i:expr, $j:expr, $k:expr, $l:expr, $m:expr $(, $more:expr)* $(,)?) => {
        compile_error!("`try_join!` takes up to 12 futures: put some of them into a `try_join!` of their own, or use `try_join_all` if they have the same output")
    };
    (@list) => { $crate::__private::End };
    (@list $first:expr $(, $rest:expr)*) => {
        $crate::__private::TryJoinArm::new($first, $crate::try_join!(@list $($rest),*))
    };
    ($($future:expr),+ $(,)?) => { $crate::__private::try_join($crate::try_join!(@list $($future),+)) };
}
