//! The names of the macros, which tell the proc macros where this crate is.

/// Waits for whatever comes first from several sources, and handles it, in a loop: `select!` in a loop, without its traps.
///
/// ```text
/// merge! {
///     biased;                                  // optional: arms in this order, instead of in turn
///     on_exit: finish;                         // optional: what becomes of operations that have begun
///     command in commands => { .. }            // each item of a flow
///     n = repeated(|| read_send(&mut file, &mut channel)) => { total += n }   // `=` is as good as `in`
///     late in once(sleep(d)), if total > 0 => { break total }                 // with a precondition
///     done => total                            // optional: all arms have ended
/// }.await
/// ```
///
/// Handlers are code of the function around them: `break`, also with a value, `continue`, labels, `return`, `?` and `&mut`
/// locals that several handlers share mean what they mean in a `loop`.
///
/// **It runs where it is written.** So it is no future that could be passed on, and `.await` stands right behind it.
/// `timeout(d, merge! { .. })` would set the limit when the loop has ended, and `join!(merge! { .. }, feed())` would begin to feed it
/// then; neither compiles, nor does `race!` or `spawn`. What is to be timed, joined, raced, spawned or stored is
/// `async { merge! { .. }.await }`. Then `return` and `?` in a handler give the value of that block, as in any other code in it.
///
/// **Life cycle.** The sources are made, in order, and belong to the loop. It waits until one of them has an item, and runs
/// that one's handler. One handler at a time: two never interleave. While a handler awaits, all sources move on, until each has at
/// most one item waiting; the source whose item is being handled finishes what it has in progress, and begins nothing new. When
/// several have items, they take turns, or the first in the source code comes first with `biased;`. A source that has ended is
/// dropped at once. When all have ended, the loop ends with the value of `done`, or with `()`.
///
/// | arm | gives |
/// |---|---|
/// | `x in flow` | each item of a [`Flow`](crate::Flow) |
/// | `x in repeated(\|\| operation())` | the output of one operation after the other, without an end; the closure may lend what it captures. **No other arm ever cuts it**. A function without parameters is as good: `repeated(operation)` |
/// | `x in once(future)` | one output; a function, [`flow::once`](crate::flow::once) |
/// | `repeated(..) => ..` | the same, where nobody wants the item |
/// | `.., if condition => ..` | only while the condition holds. It is looked at before each wait; until it has held once, the expression before it is not evaluated. What has begun goes on while it does not hold. When no arm is left that is on, the loop ends, also with `repeated`: `break value` needs a `done` then |
///
/// # One resource for a source and its handler
///
/// A source has what it borrows for as long as the loop runs. `request in repeated(|| socket.recv()) => socket.send(..).await` is
/// therefore refused by the compiler (E0499). Give each its half, as in
///
/// ```text
/// let (mut read, mut write) = socket.split();
/// merge! {
///     request in repeated(|| read.recv()) => write.send(answer(request?)).await?,
///     ..
/// }
/// ```
///
/// or let the operation do both, which no other arm cuts: `repeated(async || { let request = socket.recv().await?; socket.send(..).await })`.
///
/// # The exit
///
/// `break`, `return`, `?` and jumps to other labels drop the sources, the last one first, before they go on. An item that waits in
/// one of them then, and an operation of `repeated` or `once` that is half-done, would be lost. The source code says what
/// becomes of them:
///
/// | | an operation that has begun | an item that no handler has seen |
/// |---|---|---|
/// | nothing | dropped, and reported as lost ([`Report::LostWork`](crate::Report)) | dropped, and reported |
/// | `on_exit: finish;` | awaited after `break`, before the loop has its value; jumps that cannot wait are refused | dropped, and reported |
/// | `on_exit: drop;` | dropped | dropped |
///
/// An operation that is [`CancelSafe`](crate::CancelSafe) may always be dropped, and so may a flow whose item is being
/// handled. Without `std` there is nobody to report to.
///
/// **What is not reported.** The loop sees its arms, and not into their flows. What a `then`, a `concurrent` or a `chunks` has in
/// progress or has gathered is dropped with it in silence, as with any other owner. Where that may not be lost, end the source of the
/// flow and leave by `done`, or let children of a nursery do the work.
///
/// **What `finish` waits for.** All that has begun, for as long as it takes: with `repeated(|| receiver.recv())` the exit waits for
/// another message, if one comes at all, and reports it as lost. What only waits is marked as such, and dropped:
/// `repeated(|| assert_cancel_safe(receiver.recv()))`.
///
/// # Macros in handlers
///
/// `merge!` sees the `.await` of a handler, and makes the sources move on meanwhile. It cannot see one in the definition of another
/// macro. What it does depends on the macro, and on whether control leaves the handler in code that it can see. (Jumps within a loop,
/// a closure, a function or an `async` block of the handler do not leave it.)
///
/// | macro | where control stays | where control leaves |
/// |---|---|---|
/// | `join!`, `try_join!`, `select!` of other crates | is put into a future that is awaited in sight | the same; if control leaves the macro itself, a compile error says what to write |
/// | of the standard library, of logging; `bail!`, `ensure!` | as it is | as it is |
/// | any other | the handler is put into such a future as a whole. The macro may await. It cannot leave the handler: a `return`, `?`, `break` or `continue` in its definition is a compile error | as it is. The macro may leave. **While it awaits, the sources stand still**: write `async { other!(..) }.await` |
///
/// That compile error names `NoMacroLeavesThisHandler`. Let the macro give a value, and leave by a `return` or `?` in the handler itself.
///
/// # Costs
///
/// Nothing is allocated. An event of two sources that are always ready takes 35 instructions, and 30 with `biased;`; `tokio::select!` in a loop
/// takes 51, its biased form 34. Of four sources it takes 39, and biased `tokio::select!` 45 (`cargo xtask bench`).
///
/// # Panics
///
/// A panic of a handler or a source goes on to the caller and drops the sources.
///
/// Functions of other crates that take whatever may be awaited, such as `tokio::time::timeout` and `tokio::join!`, compile with a bare
/// `merge! { .. }`. When they begin, which is when the loop has ended, it panics and says where it is written. A macro that puts the
/// `.await` behind what it is given is taken for one of them; `async { .. }` serves it as well.
///
/// # Cancel safety
///
/// If the future around it is dropped, the sources are, with all that they have begun.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{flow, merge};
///
/// let mut sum = 0;
/// let mut words = Vec::new();
/// let total = merge! {
///     n in flow::iter(1..) => {
///         sum += n;
///         if sum > 5 {
///             break sum;
///         }
///     }
///     word in flow::iter(["a", "b"]) => words.push(word),
///     done => unreachable!("numbers have no end"),
/// }
/// .await;
/// assert_eq!((total, words), (6, vec!["a", "b"]));
/// # }).expect("it does not wait");
/// ```
///
/// As one of several futures:
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{flow, join, merge};
///
/// let sum = async {
///     let mut sum = 0;
///     merge! { n in flow::iter(1..=3) => sum += n }.await;
///     sum
/// };
/// assert_eq!(join!(sum, async { "beside it" }).await, (6, "beside it"));
/// # }).expect("it does not wait");
/// ```
#[macro_export]
macro_rules! merge {
    ($($tokens:tt)*) => { $crate::__private::__merge! { ($crate::__private) $($tokens)* } };
}

/// A `for` loop over a [`Flow`](crate::Flow), which keeps the flow moving while the body awaits.
///
/// ```text
/// for_await!(pattern in flow => { body })
/// for_await!('label: pattern in flow => { body } done => { value })
/// ```
///
/// The arrow may be left out before a block. It is a statement or an expression, without `.await`. The options of `merge!` are for
/// several sources, and are refused.
///
/// The body is code of the function around it: `break`, `continue`, labels, `return` and `?` mean what they mean in a `for`
/// loop. With `done => value`, `break` may have a value as well. What [`merge!`](crate::merge) says about macros in handlers
/// holds for the body.
///
/// # Costs
///
/// Nothing is allocated. An item of a flow that is always ready takes 12 instructions, and 8 in a `while let` over a stream, which moves nothing
/// on and gives nobody else a turn (`cargo xtask bench`).
///
/// # Panics
///
/// A panic of the body or of the flow goes on to the caller and drops the flow.
///
/// # Cancel safety
///
/// If the future around it is dropped, the flow is, with all that it has begun.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{Flow, flow, for_await, yield_now};
///
/// let mut sum = 0;
/// for_await!(n in flow::iter(1..=4).map(|n| async move { n }).concurrent(2) => {
///     if n == 3 {
///         continue;
///     }
///     std::future::ready(()).await; // the others of `concurrent(2)` move on
///     sum += n;
/// });
/// assert_eq!(sum, 7);
/// # }).expect("it does not wait");
/// ```
#[macro_export]
macro_rules! for_await {
    ($($tokens:tt)*) => { $crate::__private::__for_await! { ($crate::__private) $($tokens)* } };
}

/// A flow written as async code with `yield`.
///
/// `flow! { .. yield item; .. }` borrows what it uses, as an `async` block does; `flow! { move .. }` takes it, as a function must that
/// returns the flow. `yield item` hands out
/// the item and waits until the next one is asked for. `return` ends the flow. For the rest see [`flow()`](crate::flow()), the
/// form without a macro.
///
/// While an item is handled, loops in the flow that stand around its `yield` keep their own flows moving, if they are written with
/// [`for_await!`](crate::for_await) or [`merge!`](crate::merge).
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{Flow, flow, for_await};
///
/// fn evens(numbers: impl Flow<Item = u32>) -> impl Flow<Item = u32> {
///     flow! {
///         move
///         for_await!(n in numbers => {
///             if n % 2 == 0 {
///                 yield n;
///             }
///         });
///     }
/// }
///
/// let items: Vec<u32> = evens(flow::iter(1..7)).collect().await;
/// assert_eq!(items, [2, 4, 6]);
/// # }).expect("it does not wait");
/// ```
#[cfg(feature = "alloc")]
#[macro_export]
macro_rules! flow {
    ($($tokens:tt)*) => { $crate::__private::__flow! { ($crate::__private) $($tokens)* } };
}

/// A flow of `Result`s written as async code with `yield` and `?`.
///
/// As [`flow!`](crate::flow!). `yield value` hands out `Ok(value)`. An error that leaves the body, by `?` or as
/// `return Err(error)`, is the last item.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use std::num::ParseIntError;
/// use steadfast_core::{Flow, try_flow};
///
/// fn numbers(text: &str) -> impl Flow<Item = Result<u32, ParseIntError>> {
///     try_flow! {
///         move
///         for word in text.split(' ') {
///             yield word.parse()?;
///         }
///     }
/// }
///
/// let all: Result<Vec<u32>, _> = numbers("1 2 3").try_collect().await;
/// assert_eq!(all, Ok(vec![1, 2, 3]));
/// let none: Result<Vec<u32>, _> = numbers("1 two 3").try_collect().await;
/// assert!(none.is_err());
/// # }).expect("it does not wait");
/// ```
#[cfg(feature = "alloc")]
#[macro_export]
macro_rules! try_flow {
    ($($tokens:tt)*) => { $crate::__private::__try_flow! { ($crate::__private) $($tokens)* } };
}
