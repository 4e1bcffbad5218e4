//! Idioms of tokio: what each risks, and what it becomes.
//!
//! **Each row works on its own**: a function can be ported while its callers and callees stay as they are. The [guide](super::porting)
//! says in which order. The class is that under which `cargo steadfast audit` names the idiom; `cargo steadfast audit --explain CLASS` says
//! why, in more words. Classes in parentheses are named only where it is known that what is dropped loses something: by a table of library
//! functions, and by what functions of the audited code await.
//!
//! | idiom | audit | risk | becomes |
//! |---|---|---|---|
//! | [spawn and forget](#spawn-and-forget) | `detached-spawn` | detached | [`n.spawn`](crate::Nursery::spawn) |
//! | [spawn and join](#spawn-and-join) | `dropped-handle` | detached, on the path of an error | [`n.spawn_with_handle`](crate::Nursery::spawn_with_handle) |
//! | [`JoinSet`](#joinset) | none | stopped, and not waited for, on the path of an error | [`try_nursery`](crate::try_nursery()), [`map_concurrent`](crate::map_concurrent()) |
//! | [`select!` in a loop](#select-in-a-loop) | `select-loop-cancel`; (`timer-reset-in-loop`, `select-precondition-eager`) | stopped, starved | [`merge!`](crate::merge) |
//! | [`select!` with shutdown](#select-with-shutdown) | (`select-loop-cancel`) | stopped | [`or_cancelled`](crate::FutureExt::or_cancelled) |
//! | [`timeout`](#timeout) | (`poll-cancel`) | stopped | [`with_deadline`](crate::with_deadline), or [`timeout`](crate::timeout) |
//! | [`abort`](#abort) | (`abort-no-join`) | stopped, and not waited for | [`Child::cancel`](crate::Child::cancel) and [`wait`](crate::Child::wait) |
//! | [`CancellationToken`](#cancellationtoken) | none: it is no hazard | forgotten on one way down | the request of the nursery |
//! | [`TaskTracker`](#tasktracker) | none: it is no hazard | a spawn that does not go through it | the nursery's exit |
//! | [graceful shutdown](#graceful-shutdown) | none, if it is complete | all three, where it is not | [`n.cancel`](crate::Nursery::cancel), [`grace`](crate::Builder::grace) |
//! | [background ticker](#background-ticker) | `detached-spawn` | detached | [`n.spawn_background`](crate::Nursery::spawn_background) |
//! | [actor with a channel](#actor-with-a-channel) | `detached-spawn` | detached: its last messages are lost at the end | [`n.spawn`](crate::Nursery::spawn), [`n.start`](crate::Nursery::start) |
//! | [connection per task](#connection-per-task) | `detached-spawn` | detached, and its panic is nobody's | a nursery in the server, one in each connection |
//! | [spawn in `Drop`](#spawn-in-drop) | `spawn-in-drop` | detached | [`AsyncDrop`](crate::AsyncDrop), [`closing`](crate::closing) |
//! | [`buffer_unordered`](#buffer_unordered) | `buffered-starvation` | starved | [`concurrent`](crate::Flow::concurrent), [`map_concurrent`](crate::map_concurrent()) |
//! | a lock held across an await | `lock-across-await` | starved, and stopped with it | a shorter scope; see [two steps](super::instead_of_select#two-steps) |
//!
//! # Spawn and forget
//!
//! The task goes on when its caller has returned, is dropped at some await when the runtime ends, and its panic is printed and lost.
//!
//! ```
//! use steadfast::Nursery;
//! # async fn send_mail(order: u32) { _ = order }
//!
//! fn before(order: u32) {
//!     tokio::spawn(send_mail(order));
//! }
//!
//! // The caller says who waits. Whoever has the nursery sees its panic.
//! fn after(n: &Nursery, order: u32) {
//!     n.spawn(send_mail(order));
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { before(1); steadfast::nursery(async |n| after(&n, 2)).await }
//! ```
//!
//! # Spawn and join
//!
//! If `right` fails, `left` is left running: its handle is dropped.
//!
//! ```
//! use std::io;
//! use steadfast::{NurseryError, try_nursery};
//! # async fn left() -> io::Result<u32> { Ok(3) }
//! # async fn right() -> io::Result<u32> { Ok(4) }
//!
//! async fn before() -> io::Result<u32> {
//!     let left = tokio::spawn(left());
//!     let right = right().await?;
//!     Ok(left.await?? + right)
//! }
//!
//! // The first failure asks the other to end; both have ended when it is returned.
//! async fn after() -> Result<u32, NurseryError<io::Error>> {
//!     let (left, right) = try_nursery(async |n| {
//!         let left = n.spawn_with_handle(left());
//!         Ok((left, right().await?))
//!     })
//!     .await?;
//!     Ok(left.await.expect("no child has failed") + right)
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { assert_eq!((before().await.unwrap(), after().await.unwrap()), (7, 7)) }
//! ```
//!
//! In one task, without a spawn: [`try_join!`](crate::try_join), which waits for the other, too.
//!
//! # `JoinSet`
//!
//! A `?` in its loop drops the set, and that aborts the tasks, each at its next await, while the caller goes on. And somebody has to
//! see to it that there are not too many.
//!
//! ```
//! use std::io;
//! use steadfast::{NurseryError, map_concurrent};
//! use tokio::task::JoinSet;
//! # async fn fetch(page: u32) -> io::Result<usize> { Ok(page as usize) }
//!
//! async fn before(pages: Vec<u32>) -> io::Result<usize> {
//!     let mut set = JoinSet::from_iter(pages.into_iter().map(fetch));
//!     let mut sum = 0;
//!     while let Some(length) = set.join_next().await {
//!         sum += length??;
//!     }
//!     Ok(sum)
//! }
//!
//! // At most eight at a time; values in the order of the pages.
//! async fn after(pages: Vec<u32>) -> Result<usize, NurseryError<io::Error>> {
//!     let lengths = map_concurrent(pages, 8, fetch).await?;
//!     Ok(lengths.into_iter().sum())
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { assert_eq!((before(vec![1, 2]).await.unwrap(), after(vec![1, 2]).await.unwrap()), (3, 3)) }
//! ```
//!
//! # `select!` in a loop
//!
//! What loses is dropped, with what it has done so far: half a frame that was read. Handlers that await keep all else from moving.
//!
//! ```
//! use std::{io, time::Duration};
//! use steadfast::{merge, sleep};
//! use tokio::io::{AsyncReadExt, DuplexStream as Socket};
//! use tokio::sync::mpsc;
//! # async fn carry_out(job: u32) { _ = job }
//!
//! async fn read_frame(socket: &mut Socket) -> io::Result<[u8; 4]> {
//!     let mut frame = [0; 4];
//!     socket.read_exact(&mut frame).await?;
//!     Ok(frame)
//! }
//!
//! async fn before(socket: &mut Socket, jobs: &mut mpsc::Receiver<u32>) -> io::Result<u32> {
//!     let mut frames = 0;
//!     loop {
//!         tokio::select! {
//!             frame = read_frame(socket) => match frame? {
//!                 [0, ..] => return Ok(frames),
//!                 _ => frames += 1,
//!             },
//!             Some(job) = jobs.recv() => carry_out(job).await,
//!             () = tokio::time::sleep(Duration::from_secs(60)) => return Ok(frames),
//!         }
//!     }
//! }
//!
//! // No arm cuts another one, and all of them move while a job is carried out.
//! async fn after(socket: &mut Socket, jobs: &mut mpsc::Receiver<u32>) -> io::Result<u32> {
//!     let mut frames = 0;
//!     merge! {
//!         on_exit: drop;
//!         frame in repeated(|| read_frame(socket)) => match frame? {
//!             [0, ..] => break,
//!             _ => frames += 1,
//!         },
//!         job in repeated(|| jobs.recv()) => if let Some(job) = job { carry_out(job).await },
//!         repeated(|| sleep(Duration::from_secs(60))) => break, // after a minute, whatever else happened
//!     }
//!     .await;
//!     Ok(frames)
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! #     use tokio::io::AsyncWriteExt;
//! #     let (sender, mut jobs) = mpsc::channel(1);
//! #     let (mut far, mut socket) = tokio::io::duplex(64);
//! #     far.write_all(b"one.two.\0\0\0\0one.\0\0\0\0").await.unwrap();
//! #     assert_eq!(before(&mut socket, &mut jobs).await.unwrap(), 2);
//! #     assert_eq!(after(&mut socket, &mut jobs).await.unwrap(), 1);
//! #     drop(sender);
//! # }
//! ```
//!
//! All its forms, with what goes wrong in each: [instead of select](super::instead_of_select).
//!
//! # `select!` with shutdown
//!
//! The work is dropped wherever it stands. Where may it be? Only its author knows, and the mark says it, at the place itself.
//!
//! ```
//! use steadfast::FutureExt;
//! use tokio_util::sync::CancellationToken;
//! # async fn next_job() -> u32 { std::future::pending().await }
//! # async fn debit(job: u32) { _ = job }
//! # async fn credit(job: u32) { _ = job }
//!
//! async fn before(stop: CancellationToken) {
//!     let work = async {
//!         loop {
//!             let job = next_job().await;
//!             debit(job).await;
//!             credit(job).await; // or not
//!         }
//!     };
//!     tokio::select! {
//!         () = work => {}
//!         () = stop.cancelled() => {}
//!     }
//! }
//!
//! async fn after() {
//!     while let Ok(job) = next_job().or_cancelled().await {
//!         debit(job).await;
//!         credit(job).await;
//!     }
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! #     let stop = CancellationToken::new();
//! #     stop.cancel();
//! #     before(stop).await;
//! #     steadfast::nursery(async |n| { n.spawn(after()); n.cancel("the end") }).await;
//! # }
//! ```
//!
//! # `timeout`
//!
//! It drops the future at the deadline. What was written by then, and where its bytes end, nobody knows.
//!
//! ```
//! use std::time::Duration;
//! use steadfast::{FutureExt, TimedOut, assert_cancel_safe, checkpoint, timeout, with_deadline};
//! # async fn insert(row: u32) { _ = row }
//! # async fn resolve(name: &str) -> u32 { name.len() as u32 }
//!
//! async fn before(rows: &[u32], limit: Duration) -> bool {
//!     let import = async {
//!         for row in rows {
//!             insert(*row).await;
//!         }
//!     };
//!     tokio::time::timeout(limit, import).await.is_ok()
//! }
//!
//! // Asked, it ends between two rows.
//! async fn after(rows: &[u32], limit: Duration) -> bool {
//!     with_deadline(limit, async {
//!         for row in rows {
//!             if checkpoint().is_err() {
//!                 return false;
//!             }
//!             insert(*row).await;
//!         }
//!         true
//!     })
//!     .await
//! }
//!
//! // What may be dropped says so: by a mark in it, or in the words of its caller.
//! async fn after_all(name: &str, limit: Duration) -> Result<u32, TimedOut> {
//!     timeout(limit, assert_cancel_safe(resolve(name))).await
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! #     let limit = Duration::from_secs(60);
//! #     assert!(before(&[1], limit).await && after(&[1], limit).await);
//! #     assert_eq!(after_all("you", limit).await.unwrap(), 3);
//! # }
//! ```
//!
//! # `abort`
//!
//! It is a wish: the task still runs when `abort` returns, and is dropped at its next await, if it has one.
//!
//! ```
//! use steadfast::{FutureExt, Nursery};
//! # async fn watch(file: &str) { std::future::pending::<()>().await; _ = file }
//!
//! async fn before() {
//!     let watcher = tokio::spawn(watch("old"));
//!     watcher.abort();
//!     // `old` may still be open here.
//! }
//!
//! async fn after(n: &Nursery) {
//!     let watcher = n.spawn_with_handle(async { _ = watch("old").or_cancelled().await });
//!     watcher.cancel("another file");
//!     watcher.wait().await;
//!     // Its future is dropped, and what it had to clean up is cleaned up.
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { before().await; steadfast::nursery(async |n| after(&n).await).await }
//! ```
//!
//! # `CancellationToken`
//!
//! It does what it says. But it has to be handed down by hand, and each wait has to name it; and it waits for nobody. Here, the request
//! comes down with the tree: `child_token` is a nursery or a [`CancelScope`](crate::CancelScope) below; `drop_guard` is how both
//! end anyway; `run_until_cancelled` is [`or_cancelled`](crate::FutureExt::or_cancelled); `is_cancelled` is
//! [`is_cancelled`](crate::is_cancelled()).
//!
//! ```
//! use steadfast::{FutureExt, nursery};
//! use tokio_util::sync::CancellationToken;
//! # async fn serve(port: u16) { std::future::pending::<()>().await; _ = port }
//!
//! async fn before() {
//!     let stop = CancellationToken::new();
//!     let tasks = [80, 443].map(|port| {
//!         let stop = stop.child_token();
//!         tokio::spawn(async move { stop.run_until_cancelled(serve(port)).await })
//!     });
//!     stop.cancel();
//!     for task in tasks {
//!         task.await.unwrap();
//!     }
//! }
//!
//! async fn after() {
//!     nursery(async |n| {
//!         for port in [80, 443] {
//!             n.spawn_until_cancelled(serve(port));
//!         }
//!         n.cancel("closing time");
//!     })
//!     .await;
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { before().await; after().await }
//! ```
//!
//! # `TaskTracker`
//!
//! It waits for all that went through it, and for nothing else; it neither asks nor tells of panics.
//!
//! ```
//! use steadfast::nursery;
//! use tokio_util::task::TaskTracker;
//! # async fn job(number: u32) { _ = number }
//!
//! async fn before() {
//!     let tracker = TaskTracker::new();
//!     for number in 0..8 {
//!         tracker.spawn(job(number));
//!     }
//!     tracker.close();
//!     tracker.wait().await;
//! }
//!
//! async fn after() {
//!     nursery(async |n| {
//!         for number in 0..8 {
//!             n.spawn(job(number));
//!         }
//!     })
//!     .await;
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { before().await; after().await }
//! ```
//!
//! # Graceful shutdown
//!
//! Token, tracker and time limit have to agree. When the limit has passed, the tasks go on until the runtime is dropped, and then
//! stop anywhere.
//!
//! ```
//! use std::time::Duration;
//! use steadfast::{FutureExt, Nursery};
//! use tokio_util::{sync::CancellationToken, task::TaskTracker};
//! # async fn serve(port: u16) { _ = port; std::future::pending::<()>().await }
//! # async fn signal() {}
//!
//! async fn before() {
//!     let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
//!     for port in [80, 443] {
//!         let stop = stop.clone();
//!         tracker.spawn(async move { stop.run_until_cancelled(serve(port)).await });
//!     }
//!     signal().await;
//!     stop.cancel();
//!     tracker.close();
//!     if tokio::time::timeout(Duration::from_secs(10), tracker.wait()).await.is_err() {
//!         eprintln!("somebody is still there");
//!     }
//! }
//!
//! // Who has not ended ten seconds after the request is dropped at an await, cleaned up, and waited for.
//! async fn after() {
//!     Nursery::builder()
//!         .grace(Duration::from_secs(10))
//!         .run(async |n| {
//!             for port in [80, 443] {
//!                 n.spawn_until_cancelled(serve(port));
//!             }
//!             signal().await;
//!             n.cancel("a signal");
//!         })
//!         .await;
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { before().await; after().await }
//! ```
//!
//! # Background ticker
//!
//! It ticks until the runtime ends, also when nobody is left for whom it does so.
//!
//! ```
//! use std::time::Duration;
//! use steadfast::{FutureExt, nursery, sleep};
//! # async fn flush() {}
//! # async fn serve() {}
//!
//! async fn before() {
//!     tokio::spawn(async {
//!         let mut ticks = tokio::time::interval(Duration::from_secs(1));
//!         loop {
//!             ticks.tick().await;
//!             flush().await;
//!         }
//!     });
//!     serve().await;
//! }
//!
//! // It is asked to end when the others have; a flush that has begun is finished.
//! async fn after() {
//!     nursery(async |n| {
//!         n.spawn_background(async {
//!             while sleep(Duration::from_secs(1)).or_cancelled().await.is_ok() {
//!                 flush().await;
//!             }
//!         });
//!         serve().await;
//!     })
//!     .await;
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { before().await; after().await }
//! ```
//!
//! # Actor with a channel
//!
//! When `main` ends, what is in its channel is lost, for nobody waits until it has been dealt with.
//!
//! ```
//! use steadfast::Nursery;
//! use tokio::sync::mpsc;
//! # async fn write(line: String) { _ = line }
//!
//! fn before() -> mpsc::Sender<String> {
//!     let (sender, mut lines) = mpsc::channel(64);
//!     tokio::spawn(async move {
//!         while let Some(line) = lines.recv().await {
//!             write(line).await;
//!         }
//!     });
//!     sender
//! }
//!
//! // A child in the foreground, without a mark: it ends when the last sender is gone, and the nursery waits for that.
//! fn after(n: &Nursery) -> mpsc::Sender<String> {
//!     let (sender, mut lines) = mpsc::channel(64);
//!     n.named("writer").spawn(async move {
//!         while let Some(line) = lines.recv().await {
//!             write(line).await;
//!         }
//!     });
//!     sender
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! #     before().send(String::from("lost, perhaps")).await.unwrap();
//! #     steadfast::nursery(async |n| after(&n).send(String::from("written")).await.unwrap()).await;
//! # }
//! ```
//!
//! An actor that has to be up before it is used reports that: [`n.start`](crate::Nursery::start).
//!
//! # Connection per task
//!
//! Nobody waits for the connections, and nobody hears of a panic in one.
//!
//! ```
//! use std::io;
//! use steadfast::{FutureExt, Nursery, nursery};
//! # struct Listener(u32);
//! # struct Connection;
//! # impl Listener {
//! #     async fn accept(&mut self) -> io::Result<Connection> {
//! #         self.0 += 1;
//! #         if self.0 < 3 { Ok(Connection) } else { Err(io::Error::other("no more")) }
//! #     }
//! # }
//! # async fn serve(_: Connection) -> io::Result<()> { Ok(()) }
//!
//! async fn before(mut listener: Listener) -> io::Result<()> {
//!     loop {
//!         let connection = listener.accept().await?;
//!         tokio::spawn(async move {
//!             if let Err(error) = serve(connection).await {
//!                 eprintln!("{error}");
//!             }
//!         });
//!     }
//! }
//!
//! async fn after(mut listener: Listener) -> io::Result<()> {
//!     nursery(async |n| {
//!         while let Ok(accepted) = listener.accept().or_cancelled().await {
//!             let connection = accepted?;
//!             n.spawn(async move {
//!                 // What one connection does wrong, also by a panic, is an error here, and no failure of the server.
//!                 let one = Nursery::builder().collect_panics();
//!                 if let Err(error) = one.try_run(async |_| serve(connection).await).await {
//!                     eprintln!("{error}");
//!                 }
//!             });
//!         }
//!         Ok(())
//!     })
//!     .await
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! #     assert!(before(Listener(0)).await.is_err());
//! #     assert!(after(Listener(0)).await.is_err());
//! # }
//! ```
//!
//! Whole, with limits and deadlines: `examples/kv`, on which the [guide](super::porting) is worked through.
//!
//! # Spawn in `Drop`
//!
//! The task may run after all that it cleans up for, or, at the end of the runtime, never. Outside of a runtime the destructor panics.
//!
//! ```
//! use std::pin::Pin;
//! use steadfast::{AsyncDrop, closing};
//! # #[derive(Clone)]
//! # struct Pool;
//! # impl Pool { async fn give_back(&self, number: u32) { _ = number } }
//!
//! struct Before(Pool, u32);
//!
//! impl Drop for Before {
//!     fn drop(&mut self) {
//!         let (pool, number) = (self.0.clone(), self.1);
//!         tokio::spawn(async move { pool.give_back(number).await });
//!     }
//! }
//!
//! struct After(Pool, u32);
//!
//! impl AsyncDrop for After {
//!     async fn async_drop(self: Pin<&mut Self>) {
//!         self.0.give_back(self.1).await;
//!     }
//! }
//!
//! // Given back when this returns: by a value, by `?`, by a panic, by a request.
//! async fn with(pool: &Pool) -> u32 {
//!     closing(After(pool.clone(), 7), async |lease| lease.1).await
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { drop(Before(Pool, 6)); assert_eq!(with(&Pool).await, 7) }
//! ```
//!
//! Where there is no block to close, an [`AsyncDropGuard`](crate::AsyncDropGuard) is dropped like any value, and cleaned up by its task.
//!
//! # `buffer_unordered`
//!
//! Its futures are polled only while the loop asks for the next item. While the body waits, they stand still, with all that they hold.
//!
//! ```
//! use futures_util::{StreamExt, stream};
//! use steadfast::{Flow, flow, for_await};
//! # async fn fetch(page: u32) -> u32 { page }
//! # async fn store(text: u32) { _ = text }
//!
//! async fn before(pages: Vec<u32>) {
//!     let mut texts = stream::iter(pages).map(fetch).buffer_unordered(8);
//!     while let Some(text) = texts.next().await {
//!         store(text).await; // nothing is fetched meanwhile
//!     }
//! }
//!
//! async fn after(pages: Vec<u32>) {
//!     for_await!(text in flow::iter(pages).map(fetch).concurrent(8) => {
//!         store(text).await;
//!     });
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { before(vec![1, 2]).await; after(vec![1, 2]).await }
//! ```
