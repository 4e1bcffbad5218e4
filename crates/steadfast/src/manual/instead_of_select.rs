//! Instead of `select!`: loops over several sources in which nobody is cut short.
//!
//! **An arm of [`merge!`](crate::merge) is never dropped because another one was faster.** `select!` makes its futures anew in each
//! turn, and drops those that lose. That is right for a wait that can be begun again at no cost. It is wrong for everything that
//! has done something by then: taken a message, read half a header, got its place in a queue. Nothing in the code shows which it is.
//!
//! # What you write, what goes wrong, what to write
//!
//! Each row is a test, in which the left side fails first: see `tests/scenarios` in the repository.
//!
//! | you write | what goes wrong | write |
//! |---|---|---|
//! | `loop { select! { _ = op(&mut a) => .., x = rx.recv() => .. } }` | each message cuts `op` short, and what it had taken is lost | `merge! { repeated(\|\| op(&mut a)) => .., x in repeated(\|\| rx.recv()) => .. }` |
//! | `select! { _ = &mut fut => .., _ = tick() => lock().await }` | `fut` may hold what the handler waits for, and nobody polls it: deadlock | `merge! { _ in once(fut) => .., _ in repeated(\|\| tick()) => lock().await }` |
//! | `while timeout(d, &mut fut).await.is_err() { lock().await }` | the same | the same, with an arm `repeated(\|\| sleep(d))` |
//! | `timeout(d, stream.next())`, and then something else | what the stream has begun stands still meanwhile: the same | an arm `x in stream.prefetch()`, beside `repeated(\|\| sleep(d))` |
//! | `future::select(a, b)`, and the loser is kept | the same | [`race!`](crate::race), which drops the loser first; or two arms |
//! | `timeout(d, shared.clone())` (`futures`' `Shared`) | nobody polls the work while nobody waits for it | a child of a [`scope`](crate::scope()), and `timeout(d, ..)` over its handle |
//! | `local_set.run_until(a)`, then `b` | local tasks stand still during `b` | children of a [`scope_local`](crate::scope_local) |
//! | `timeout(d, tx.send(message))` | the message is gone | `timeout(d, assert_cancel_safe(tx.reserve()))`, then `place.send(message)`; or [`io::Unsent`](crate::io::Unsent) |
//! | `timeout(d, sink.send(message))` | the same | [`io::Unsent`](crate::io::Unsent) |
//! | `timeout(d, socket.read_exact(&mut header))` | the bytes that came are gone | [`io::ReadExact`](crate::io::ReadExact) |
//! | `timeout(d, socket.write_all(&reply))`, and again | the first bytes arrive twice | [`io::WriteAll`](crate::io::WriteAll) |
//! | `timeout(d, update(&mutex))`, which takes the state out and puts it back | the next one finds what is half-changed | an arm `repeated(\|\| update(&mutex))`; or [`shielded`](crate::FutureExt::shielded) |
//! | `timeout(d, spawn(work))` | the work goes on, without an owner | `timeout(d, &mut child)`, with a [`Child`](crate::Child) of a nursery; then `child.cancel(..)` |
//! | `select! { Some(x) = rx.recv() => .. }` | another item is taken, lost, and turns the arm off | bind the item, `match` in the handler; `merge!` refuses the pattern |
//! | `select! { biased; x = busy() => .., _ = shutdown() => .. }` | the shutdown is never seen | `merge!`, which takes turns; or shutdown first, with `biased;` |
//! | `loop { select! { _ = sleep(d) => .., x = rx.recv() => .. } }` | the clock starts anew with each message | an arm `repeated(\|\| sleep(d))`, or `once(sleep(d))` |
//! | `loop { select! { _ = notify.notified() => .., .. } }` | a notification during another handler is lost | an arm `repeated(\|\| notify.notified())`, which waits through the others |
//! | `loop { select! { p = semaphore.acquire() => .., .. } }` | each turn goes to the end of the queue | an arm `repeated(\|\| semaphore.acquire())` |
//! | `select! { x = make(), if on => .. }` | `make()` is called though it is off | the same in `merge!`, where it is not |
//! | `select! { .., else => .. }` without the `else` | a panic when all arms are off | nothing: the loop ends; `done => value` gives it a value |
//! | `tokio::try_join!(a, b)` | an error drops the other half-way | [`try_join!`](crate::try_join), which asks it to end and awaits it |
//! | `tokio::join!(a, b)` | a panic drops the other half-way | [`join!`](crate::join), which finishes it first |
//!
//! # The loop
//!
//! Here is the example that started it, as it is usually written. Each packet drops `read_send` somewhere in its batch, and the rest of
//! the batch with it:
//!
//! ```text
//! loop {
//!     futures::select! {
//!         _ = read_send(&mut file, &mut channel) => {},
//!         some_data = socket.read_packet() => {
//!             // ...
//!         }
//!     }
//! }
//! ```
//!
//! And so it is right. `read_send` is written as before; packets arrive while it runs, and it goes on while they are handled:
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{Flow, flow, merge, yield_now};
//! use tokio::sync::mpsc::{Sender, channel};
//!
//! type File = std::ops::Range<u32>;
//!
//! async fn read_send(file: &mut File, channel: &mut Sender<u32>) {
//!     let batch = file.by_ref().take(3).collect::<Vec<_>>();
//!     for item in batch {
//!         yield_now().await;
//!         channel.send(item).await.unwrap();
//!     }
//! }
//! # struct Socket;
//! # impl Socket {
//! #     fn packet_stream(&self) -> impl Flow<Item = u32> {
//! #         flow::iter(0..20).then(async |packet| { yield_now().await; packet })
//! #     }
//! # }
//! # let (socket, (sender, mut receiver)) = (Socket, channel(64));
//!
//! let mut file = 0..9;
//! let mut channel = sender;
//! let mut packets = 0;
//! merge! {
//!     on_exit: finish;
//!     repeated(|| read_send(&mut file, &mut channel)) => (),
//!     some_data = socket.packet_stream() => {
//!         packets += 1;
//!         if some_data == 11 {
//!             break;
//!         }
//!     }
//! }.await;
//! drop(channel);
//!
//! let mut items = Vec::new();
//! while let Some(item) = receiver.recv().await {
//!     items.push(item);
//! }
//! assert_eq!((packets, file.start, items.len()), (12, 9, 9));
//! # }
//! ```
//!
//! A handler is code of the function around it. `break`, with or without a value, `continue`, labels, `return` and `?` work as in
//! any loop, and handlers may share `&mut` locals: only one runs at a time.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::time::Duration;
//! use steadfast::{merge, sleep};
//! use tokio::sync::mpsc;
//!
//! async fn serve(mut jobs: mpsc::Receiver<Result<u32, String>>) -> Result<u32, String> {
//!     let mut total = 0;
//!     merge! {
//!         job in repeated(|| jobs.recv()) => match job {
//!             Some(job) => total += job?,
//!             None => break Ok(total),
//!         },
//!         repeated(|| sleep(Duration::from_secs(60))) => println!("{total} so far"),
//!     }
//!     .await
//! }
//!
//! let (sender, jobs) = mpsc::channel(8);
//! for job in [Ok(1), Ok(2), Err(String::from("bad"))] {
//!     sender.send(job).await.unwrap();
//! }
//! assert_eq!(serve(jobs).await, Err(String::from("bad")));
//! # }
//! ```
//!
//! # Reading and writing the same thing
//!
//! The program that everybody writes first is refused: `request in repeated(|| socket.recv()) => socket.send(answer).await`. The source
//! has borrowed the socket for as long as the loop runs, so that the next request can be on its way while another handler runs; the
//! handler cannot borrow it as well (E0499). Give each its half:
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::time::Duration;
//! use steadfast::{merge, sleep};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, split};
//!
//! async fn serve(socket: DuplexStream) -> std::io::Result<u32> {
//!     let (mut read, mut write) = split(socket);
//!     let mut served = 0;
//!     merge! {
//!         request in repeated(|| read.read_u8()) => {
//!             let Ok(request) = request else { break Ok(served) };
//!             write.write_u8(request + 1).await?;
//!             served += 1;
//!         }
//!         repeated(|| sleep(Duration::from_secs(60))) => println!("{served} so far"),
//!     }
//!     .await
//! }
//! # let (socket, mut client) = tokio::io::duplex(8);
//! # client.write_all(&[1, 2, 3]).await.unwrap();
//! # client.shutdown().await.unwrap();
//! # assert_eq!(serve(socket).await.unwrap(), 3);
//! # let mut answers = Vec::new();
//! # client.read_to_end(&mut answers).await.unwrap();
//! # assert_eq!(answers, [2, 3, 4]);
//! # }
//! ```
//!
//! What has no halves is asked and answered in one operation, which other arms do not cut:
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{flow, merge, yield_now};
//!
//! # #[derive(Default)] struct Line { next: u32, sent: Vec<u32> }
//! # impl Line {
//! #     async fn recv(&mut self) -> Option<u32> { yield_now().await; self.next += 1; (self.next < 4).then_some(self.next) }
//! #     async fn send(&mut self, answer: u32) { yield_now().await; self.sent.push(answer); }
//! # }
//! # let mut line = Line::default();
//! let mut log = Vec::new();
//! merge! {
//!     served in repeated(async || {
//!         let request = line.recv().await?;
//!         line.send(request + 1).await;
//!         Some(request)
//!     }) => match served {
//!         Some(request) => log.push(request),
//!         None => break,
//!     },
//!     _ in flow::iter(0..9) => yield_now().await,
//! }
//! .await;
//! assert_eq!((log, line.sent), (vec![1, 2, 3], vec![2, 3, 4]));
//! # }
//! ```
//!
//! # A loop with a time limit, or beside something else
//!
//! A `merge!` runs where it is written, because its handlers are code of the function. So `timeout(d, merge! { .. })` does not compile,
//! nor do `join!`, `race!` or `spawn`: the loop would have ended before they begin. Put it into `async { .. }`:
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{join, merge};
//! use tokio::sync::mpsc;
//!
//! let (sender, mut receiver) = mpsc::channel(1);
//! let feed = async move {
//!     for n in 0..4 {
//!         sender.send(n).await.unwrap();
//!     }
//! };
//! let sum = async {
//!     let mut sum = 0;
//!     merge! {
//!         n in repeated(|| receiver.recv()) => match n {
//!             Some(n) => sum += n,
//!             None => break sum,
//!         },
//!     }
//!     .await
//! };
//! assert_eq!(join!(sum, feed).await, (6, ()));
//! # }
//! ```
//!
//! A time limit drops the loop wherever it is, with handlers and operations half-done. Where that loses something, the loop has an arm
//! for it: `once(sleep(d)) => break`, beside `on_exit: finish;`.
//!
//! # What becomes of the others when the loop is left
//!
//! They are dropped, and that is the one place where something can be lost still. So it is said: an operation that is half-done, or an
//! item that no handler has seen, is [reported](crate::Report::LostWork), unless the loop says what it wants. `on_exit: finish;`
//! awaits operations that have begun; `on_exit: drop;` says that nothing is lost by dropping them. What is
//! [`CancelSafe`](crate::CancelSafe), such as [`sleep`](crate::sleep), may always be dropped. Work that must outlive the loop is a child
//! of a nursery, and its handle is the arm.
//!
//! Two things to know. The report is about operations and items; what a flow has in progress within itself (`then`, `concurrent`) or has
//! gathered (`chunks`) is dropped without one. And `on_exit: finish;` awaits an operation that only waits for its next message, too:
//! beside `repeated(|| receiver.recv())` the exit may take for ever. Say that it may be dropped:
//! `repeated(|| assert_cancel_safe(receiver.recv()))`.
//!
//! # One race, not a loop
//!
//! [`race!`](crate::race) takes the first output, and drops the others before it returns; [`timeout`](crate::timeout) is a race with
//! the clock. Both ask for futures that may be dropped: those of steadfast say so themselves, for others the author of the call does,
//! with [`assert_cancel_safe`](crate::assert_cancel_safe), a word that can be searched for. What may not be dropped becomes an
//! arm of a `merge!`, or a child.
//!
//! # Two steps
//!
//! Many crates have a form in two steps for what must not be lost: the first waits, and may be dropped; the second takes, and does
//! not wait. They are worth knowing, because they need nothing of ours:
//!
//! | instead of | first | then |
//! |---|---|---|
//! | `tx.send(message).await` (tokio `mpsc`) | `let place = tx.reserve().await?` | `place.send(message)` |
//! | `sink.send(message).await` | wait for `poll_ready` | `start_send(message)`, and flush |
//! | `rx.recv().await` | is one already: it takes nothing before it is ready | |
//! | `listener.accept().await` | is one already | |
//! | `socket.read_exact(..).await` | `socket.read_buf(&mut buffer).await`: the buffer keeps what came | look whether it is enough |
//! | `socket.write_all(..).await` | `socket.write_all_buf(&mut bytes).await`: the buffer advances | |
//! | `notify.notified().await` | pin it, and `enable()` before the condition is looked at | `.await` |
//! | `mutex.lock().await`, kept across awaits | `mutex.lock_owned().await`, whose guard goes into a child | |
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::{pin::pin, sync::Arc, time::Duration};
//! use steadfast::{assert_cancel_safe, nursery, timeout};
//! use tokio::sync::{Mutex, Notify, mpsc};
//!
//! // A place first, then the message, which is ours until there is one.
//! let (sender, mut receiver) = mpsc::channel(1);
//! sender.send(String::from("first")).await.unwrap();
//! let message = String::from("second");
//! let no_place = timeout(Duration::ZERO, assert_cancel_safe(sender.reserve())).await;
//! assert!(no_place.is_err());
//! receiver.recv().await.unwrap();
//! sender.reserve().await.unwrap().send(message);
//! assert_eq!(receiver.recv().await.as_deref(), Some("second"));
//!
//! // In line before the condition is looked at, so that no notification falls between.
//! let notify = Notify::new();
//! let mut notified = pin!(notify.notified());
//! notified.as_mut().enable();
//! notify.notify_waiters();
//! notified.await;
//!
//! // A guard that goes with the work, into a child that nobody cuts.
//! let state = Arc::new(Mutex::new(0));
//! nursery(async |n| {
//!     let mut state = state.clone().lock_owned().await;
//!     n.spawn(async move { *state += 1 });
//! })
//! .await;
//! assert_eq!(*state.lock().await, 1);
//! # }
//! ```
//!
//! With the feature `io`, [`io`](crate::io) has the same for reads, writes and sends that have no such form: what has been done is kept
//! in a value of yours, and the future only lends it.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::time::Duration;
//! use steadfast::io::{ReadExact, tokio::ReadOn};
//! use steadfast::timeout;
//! use tokio::io::AsyncWriteExt;
//!
//! let (mut far, mut socket) = tokio::io::duplex(16);
//! let mut header = ReadExact::new([0; 4]);
//! far.write_all(b"HE").await.unwrap();
//! let late = timeout(Duration::ZERO, socket.read_on(&mut header)).await;
//! assert!(late.is_err() && header.read_so_far() == b"HE");
//! far.write_all(b"ADbody").await.unwrap();
//! socket.read_on(&mut header).await.unwrap();
//! assert_eq!(&header.into_inner(), b"HEAD");
//! # }
//! ```
//!
//! # Step by step
//!
//! 1. Move what the `loop` makes anew in each turn into `repeated(|| ..)`, and what is pinned outside of it into `once(..)`, by value.
//! 2. Take `&mut` from pinned futures: an arm owns its source. A future whose output is wanted elsewhere becomes a child.
//! 3. Let patterns match everything, and `match` in the handler.
//! 4. `else => ..` becomes `done => ..`; `if` conditions stay, and freeze nothing while they do not hold.
//! 5. Say what becomes of operations that have begun when the loop is left: `on_exit: finish;`, or `on_exit: drop;`.
