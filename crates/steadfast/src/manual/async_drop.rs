//! Async drop: clean-up that awaits, and that is awaited.
//!
//! **An [`AsyncDrop`](crate::AsyncDrop) value is cleaned up before the task that owned it finishes**: once, in drop order, shielded
//! from the request that led to it, and within a budget of time. If nobody can await it, that is reported, with its type and the
//! line where it was put under guard.
//!
//! A destructor cannot await. What it can do is to leave the clean-up to somebody who awaits anyway: to the task that it runs in.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::pin::Pin;
//! use std::sync::{Arc, Mutex};
//! use steadfast::{AsyncDrop, AsyncDropGuard, nursery, yield_now};
//!
//! type Log = Arc<Mutex<Vec<&'static str>>>;
//!
//! struct Connection(Log);
//!
//! impl AsyncDrop for Connection {
//!     async fn async_drop(self: Pin<&mut Self>) {
//!         yield_now().await; // whatever a goodbye takes
//!         self.0.lock().unwrap().push("goodbye");
//!     }
//! }
//!
//! let log = Log::default();
//! nursery(async |n| {
//!     let log = log.clone();
//!     n.spawn(async move {
//!         let _connection = AsyncDropGuard::new(Connection(log.clone()));
//!         log.lock().unwrap().push("work");
//!     });
//! })
//! .await;
//! assert_eq!(*log.lock().unwrap(), ["work", "goodbye"]);
//! # }
//! ```
//!
//! # Life cycle
//!
//! ```text
//! AsyncDropGuard::new ──► guarded ──┬─ drop ───────► queued ─► cleaning up ─► gone
//!                                   ├─ close().await ────────► cleaning up ─► gone
//!                                   └─ into_inner() ─► yours again; no clean-up
//!
//! task      ├── work ──┬── work ──┬─────────┬─────┬┤ finished
//! a dropped            └ a: ┄┄┄┄┄┄┄─────────┘     │         advances whenever the task runs,
//! b dropped                       └ b: ┄┄┄┄┄┄┄────┘         one after the other
//! ```
//!
//! Nothing is spawned by the destructor. The clean-ups of a task are one queue, in drop order; the task advances it while it goes
//! on, and drains it before it counts as finished. So a nursery returns after the clean-ups of its children, and of its body.
//!
//! # The bracket
//!
//! [`closing`](crate::closing) lends a value to a body, and has cleaned it up when it returns: on a value, an error, a request, a
//! panic. [`closing_borrowed`](crate::closing_borrowed) does so for a value that borrows.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! # use std::pin::Pin;
//! # use std::sync::Arc;
//! # use std::sync::atomic::{AtomicBool, Ordering};
//! # use steadfast::{AsyncDrop, closing};
//! # struct Database(Arc<AtomicBool>);
//! # impl Database { async fn count(&self) -> Result<u32, String> { Err("no such table".into()) } }
//! # impl AsyncDrop for Database {
//! #     async fn async_drop(self: Pin<&mut Self>) { self.0.store(true, Ordering::Relaxed) }
//! # }
//! # let closed = Arc::new(AtomicBool::new(false));
//! # let database = Database(closed.clone());
//! let rows = closing(database, async |db| {
//!     let rows = db.count().await?;
//!     Ok::<_, String>(rows + 1)
//! })
//! .await;
//! assert_eq!(rows, Err("no such table".to_owned()));
//! assert!(closed.load(Ordering::Relaxed)); // before the error goes on
//! # }
//! ```
//!
//! # Before the next statement
//!
//! Where the next statement relies on what a dropped guard releases, [`settle`](crate::settle) waits for the clean-ups that this
//! task owes so far; [`close`](crate::AsyncDropGuard::close) is the same for one guard.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! # use std::pin::Pin;
//! # use std::sync::Arc;
//! # use std::sync::atomic::{AtomicBool, Ordering};
//! # use steadfast::{AsyncDrop, AsyncDropGuard, settle};
//! # struct File(Arc<AtomicBool>);
//! # impl AsyncDrop for File {
//! #     async fn async_drop(self: Pin<&mut Self>) { self.0.store(false, Ordering::Relaxed) }
//! # }
//! # let open = Arc::new(AtomicBool::new(true));
//! let file = AsyncDropGuard::new(File(open.clone()));
//! drop(file);
//! assert!(open.load(Ordering::Relaxed)); // not yet
//! settle().await;
//! assert!(!open.load(Ordering::Relaxed)); // now it can be opened again
//! # }
//! ```
//!
//! # Who awaits it
//!
//! | the guard is dropped | its clean-up runs |
//! |---|---|
//! | in a child, or in the body of a nursery | in that task, before it counts as finished |
//! | outside of any steadfast task: by a foreign task, in a channel, in a destructor at the end of a runtime | in the nursery where the guard was made, or the nearest one around it that is open, up to the root |
//! | where there is none of these | not at all: the ordinary destructor runs, a [`Report`](crate::Report) names type and birthplace, [`lost`](crate::lost) counts it |
//!
//! Keep in `Drop` what must happen in any case and can happen without waiting; it runs after the clean-up, or in its place.
//!
//! ```
//! # use std::pin::Pin;
//! # use std::sync::{Arc, Mutex};
//! use steadfast::{AsyncDrop, AsyncDropGuard, Report, lost, set_report_hook};
//!
//! struct Lonely;
//!
//! impl AsyncDrop for Lonely {
//!     async fn async_drop(self: Pin<&mut Self>) {}
//! }
//!
//! let told = Arc::new(Mutex::new(Vec::new()));
//! let sink = told.clone();
//! set_report_hook(move |report| sink.lock().unwrap().push(report.clone()));
//!
//! drop(AsyncDropGuard::new(Lonely)); // no task, no root
//!
//! assert_eq!(lost(), 1);
//! assert!(matches!(&told.lock().unwrap()[..], [Report::LostCleanup { .. }]));
//! ```
//!
//! # Errors
//!
//! A clean-up has nobody to return an error to. What can fail and must be known belongs in a method that is called before, or in a
//! panic. A clean-up that panics, or that overruns its [budget](crate::Builder::cleanup_budget) (30 s unless set), is a failure
//! of the nursery, beside the others; the clean-ups after it still run. A plain nursery, which cannot return failures, panics for
//! the former and reports the latter.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! # use std::pin::Pin;
//! use std::time::Duration;
//! use steadfast::{AsyncDrop, AsyncDropGuard, FailureKind, Nursery};
//!
//! struct Hangs;
//!
//! impl AsyncDrop for Hangs {
//!     async fn async_drop(self: Pin<&mut Self>) {
//!         std::future::pending().await
//!     }
//! }
//!
//! let budget = Duration::from_millis(5);
//! let error = Nursery::builder()
//!     .cleanup_budget(budget)
//!     .try_run(async |n| {
//!         n.spawn(async { drop(AsyncDropGuard::new(Hangs)) });
//!         Ok::<(), std::io::Error>(())
//!     })
//!     .await
//!     .unwrap_err();
//! assert!(matches!(error.primary().kind(), FailureKind::CleanupOverran(after) if *after == budget));
//! # }
//! ```
//!
//! # Cancel
//!
//! A request drops a marked region; what it owned is dropped with it; the clean-ups of that run under a shield. They see no
//! request, and a nursery that a clean-up opens is protected with it. A grace period does not apply to them; their budget does.
//!
//! # Drop and leak
//!
//! | when | then |
//! |---|---|
//! | a `close` is dropped half-way | the clean-up goes on from there, in the queue of the task |
//! | a `closing` is dropped half-way | the same |
//! | a `closing_borrowed` is dropped half-way | the value is dropped at once, and a report says so; shield it where that matters |
//! | the lease of a `closing` outlives the call | it cleans up like a guard |
//! | a clean-up drops another guard | that joins the same queue |
//! | several guards are dropped together | in the order of their drops: locals in reverse order of declaration, fields in order |
//! | a panic unwinds through guards | they are cleaned up before the panic goes on from the nursery |
//! | a task is dropped by its runtime (shutdown, a foreign abort) | what it owes goes to the nursery; with no runtime to run it, it is reported as lost |
//! | a guard is forgotten (`mem::forget`) | nothing runs, nothing is reported: that is what forgetting means |
//!
//! # Several types behind one
//!
//! `Box<dyn DynAsyncDrop>` is `AsyncDrop`, so that one guard can hold whatever has to be released.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! # use std::pin::Pin;
//! use steadfast::{AsyncDrop, AsyncDropGuard, DynAsyncDrop};
//!
//! struct Socket;
//! struct TemporaryFile;
//!
//! impl AsyncDrop for Socket {
//!     async fn async_drop(self: Pin<&mut Self>) {}
//! }
//!
//! impl AsyncDrop for TemporaryFile {
//!     async fn async_drop(self: Pin<&mut Self>) {}
//! }
//!
//! let held: Vec<Box<dyn DynAsyncDrop>> = vec![Box::new(Socket), Box::new(TemporaryFile)];
//! for one in held {
//!     AsyncDropGuard::new(one).close().await;
//! }
//! # }
//! ```
