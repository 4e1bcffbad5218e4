//! Porting a tokio application, a function at a time.
//!
//! **Every step compiles, runs, and may be the last.** Nothing has to be converted all at once, in either direction: a nursery runs in a
//! plain tokio task, plain tokio tasks run in a nursery, and what has been ported keeps its promises among what has not.
//!
//! | step | touches | then |
//! |---|---|---|
//! | [0. the manifest](#step-0-the-manifest) | one line | what still runs at the end of the program is named, with the line that spawned it |
//! | [1. looking](#step-1-looking) | nothing | a list of what to port |
//! | [2. work that must not be cut](#step-2-work-that-must-not-be-cut) | functions that await several times | a deadline or a client that goes away does no harm |
//! | [3. clean-up](#step-3-clean-up) | types with a `Drop` that spawns, or an `async fn close` | it is awaited on every path |
//! | [4. tasks](#step-4-tasks) | functions that spawn | they return when their tasks have ended; no error or panic is lost |
//! | [5. other runtimes](#step-5-other-runtimes) | sockets, files, `main` | the same program on smol |
//!
//! Between two steps there are [bridges](#bridges), in both directions; servers of hyper and axum have [a crate](#hyper-and-axum); and
//! there is [a part for smol and async-std](#from-smol-and-async-std).
//!
//! What each idiom of tokio risks and what it becomes is [a chapter of its own](super::tokio_idioms), to look things up in.
//!
//! # Step 0: the manifest
//!
//! ```toml
//! tokio = { package = "steadfast-compat-tokio", version = "0.1", features = ["full"] }
//! ```
//!
//! `steadfast-compat-tokio` is tokio, with the same types, in which tasks belong to the nursery that they are spawned in, or to the root of
//! their runtime. No source changes, save where a `JoinSet` or a `Runtime` goes by value to a library that takes tokio's own
//! (`JoinSet::into_tokio`). Cargo wants the same line in `[dev-dependencies]`, if tokio is there, too, and a tokio of 1.54 or later
//! (`cargo update -p tokio`). Run the program, and end it as it is ended in production. What it says then is what tokio drops half-way:
//!
//! ```text
//! steadfast: the program `tokio` (src/bin/server.rs:43:5) ended while this still ran:
//! root `tokio` (src/bin/server.rs:43:5): open, 1.0s
//! └─ guest src/db.rs:135:9: running, 999.7ms
//! ```
//!
//! `STEADFAST_AT_END=wait` in the environment waits for them, a ticker for ever; `cancel` asks them first; and `steadfast::tree()` shows
//! at any time who is there. Tasks that crates spawn by tokio itself are not among them: those of hyper and axum, of `Handle::spawn` and
//! of tokio-util's `TaskTracker`.
//!
//! # Step 1: looking
//!
//! `cargo steadfast audit` reads the sources and names what is stopped, starved or detached, with the line and the class;
//! `cargo install --path crates/cargo-steadfast`, in a checkout of this project, installs it. Keep what it
//! finds as a baseline (`--write-baseline audit.json`), so that nothing is added, and make the list shorter with each of the next steps.
//! It knows which functions *of libraries* may be dropped half-way; whether your own may, only you know. So look at each `select!`,
//! `timeout` and `abort` yourself, too: they can be searched for. Its package has a `clippy.toml` besides, which forbids them.
//!
//! # Step 2: work that must not be cut
//!
//! From here on, the manifest has a line more, beside that of step 0 or without it:
//!
//! ```toml
//! steadfast = { version = "0.1", features = ["tokio"] }    # and `tokio-util` for the bridges to `CancellationToken`
//! ```
//!
//! Begin with the leaves: functions that await more than once, and leave something half-done when they are dropped in between. Callers stay
//! as they are. In a task that step 0 has made a guest, the marks work already:
//!
//! - `timeout(d, work)` becomes `with_deadline(d, work)`, which asks; inside of `work`, [`checkpoint`](crate::checkpoint) and
//!   [`or_cancelled`](crate::FutureExt::or_cancelled) say where it may end.
//! - A `select!` that drops the work becomes a [`CancelScope`](crate::CancelScope) around it and a [`merge!`](crate::merge).
//! - A `select!` in a loop becomes a `merge!`. Its arms hold on to what they work on, also while the handler of another one runs: two that
//!   share a socket get its [halves](https://docs.rs/tokio/latest/tokio/io/fn.split.html).
//!
//! As long as a caller above still drops futures (a `select!`, a `timeout` of tokio), [`must_complete`](crate::FutureExt::must_complete) finishes
//! the work elsewhere.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicI32, Ordering};
//! use std::time::Duration;
//! use steadfast::{FutureExt, nursery};
//! use tokio::sync::oneshot;
//!
//! async fn transfer(balance: Arc<[AtomicI32; 2]>, agreed: oneshot::Receiver<()>) {
//!     balance[0].fetch_sub(1, Ordering::Relaxed);
//!     agreed.await.unwrap();
//!     balance[1].fetch_add(1, Ordering::Relaxed);
//! }
//!
//! let balance = Arc::new([0, 0].map(AtomicI32::new));
//! let (agree, agreed) = oneshot::channel();
//! nursery(async |_| {
//!     // A caller that has not been ported.
//!     let whole = transfer(balance.clone(), agreed).must_complete();
//!     let cut = tokio::time::timeout(Duration::ZERO, whole);
//!     assert!(cut.await.is_err());
//!     agree.send(()).unwrap();
//! })
//! .await;
//! assert_eq!(Arc::into_inner(balance).unwrap().map(AtomicI32::into_inner), [-1, 1]);
//! # }
//! ```
//!
//! # Step 3: clean-up
//!
//! `Drop` that spawns becomes [`AsyncDrop`](crate::AsyncDrop). Where a block owns the value, [`closing`](crate::closing) makes the end visible;
//! elsewhere an [`AsyncDropGuard`](crate::AsyncDropGuard) is dropped as before. Its task cleans up, before its `JoinHandle` is ready.
//!
//! # Step 4: tasks
//!
//! Put a [`nursery`](crate::nursery()) where somebody should have waited, and `n.spawn` where there was `tokio::spawn`. Then what was there to
//! wait by hand goes: trackers, `mpsc` channels that nobody sends on, tokens that are handed down. Five things to look at:
//!
//! **Whose error is it?** Children of a [`nursery`](crate::nursery()) return `()`; those of a [`try_nursery`](crate::try_nursery()) return
//! `Result<(), E>`, an `Ok(())` at their end included, and the first error ends the others. Its caller gets a
//! [`NurseryError`](crate::NurseryError), which says whose it was; who wants the error itself takes
//! [`into_error`](crate::NurseryError::into_error), which gives the whole back if it was none: `.unwrap_or_else(io::Error::other)`.
//!
//! **Whose panic is it?** That of a tokio task is its handle's alone; that of a child ends the nursery. Where one must not end the others, as
//! in a server, give each a nursery of its own with [`collect_panics`](crate::Builder::collect_panics), or
//! [`spawn_supervised`](crate::Nursery::spawn_supervised).
//!
//! **Who is endless?** A task that tokio dropped at the end of the program now is waited for. Services for the others are
//! [`spawn_background`](crate::Nursery::spawn_background); loops get a mark (`or_cancelled`) where they wait. If one is forgotten, the exit says
//! after five seconds who is still there.
//!
//! **Who holds the sender?** A child that reads a channel ends when the last sender is gone. One that the *caller* holds is dropped
//! after the nursery's exit, which waits for the child: for ever. Move it into the body.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use tokio::sync::mpsc;
//!
//! let (sender, mut lines) = mpsc::channel::<&str>(8);
//! steadfast::nursery(async |n| {
//!     let sender = sender; // without this line, the nursery would wait for ever
//!     n.spawn(async move { while lines.recv().await.is_some() {} });
//!     sender.send("hello").await.unwrap();
//! })
//! .await;
//! # }
//! ```
//!
//! **What does a request do to what is under way?** It reaches everybody below, and `or_cancelled` in a function that is called from many
//! places gives way to each of them. What is to be finished in any case, such as the answer to a request that has come, is
//! [`shielded`](crate::FutureExt::shielded).
//!
//! **Is that all?** When nothing is spawned by `tokio::spawn` any more, `#[tokio::main]` becomes [`#[steadfast::main(tokio)]`](macro@crate::main),
//! and the line of step 0 may become that of tokio again. Until then, let it stay: it is what waits for the rest.
//!
//! # Step 5: other runtimes
//!
//! Only programs that want to: sockets and files of tokio run on tokio alone. Replace them by those of `async-io` or `async-net`, which any
//! runtime can poll, `tokio::sync` by `async-lock` or keep it (it needs no runtime), timers and blocking work by those of steadfast. `main` names
//! the runtime, and nothing else does.
//!
//! # Half-way
//!
//! What holds while only a part has been ported:
//!
//! | half-way | holds |
//! |---|---|
//! | a nursery in a plain tokio task | all of its promises |
//! | `tokio::spawn` in a nursery, after step 0 | it is waited for; asked, if it has marks; its panic is its handle's alone |
//! | `tokio::spawn` in a nursery, before step 0 | nothing: it is detached, as ever; with its handle, [`own`](crate::tokio::own) it |
//! | a `select!` or `timeout` of tokio drops a nursery | its children are asked, adopted and waited for; the body is dropped |
//! | `abort` of a task with a nursery in it | the same |
//! | `tokio::select!` beside `merge!` in one function, or in a handler of it | each does what it does alone |
//! | an `AsyncDropGuard` in a plain tokio task | cleaned up by the root, or reported as lost where there is none |
//! | a task that a crate spawns by tokio itself | nothing: it is in no nursery; [hyper and axum](#hyper-and-axum) have a crate |
//!
//! # Bridges
//!
//! What one side has, made into what the other side wants. They are in [`steadfast::tokio`](crate::tokio), need no step 0, and spawn nothing.
//!
//! | from plain code | to ported code | by |
//! |---|---|---|
//! | a `JoinHandle` | the task ends before the nursery, and a request aborts it; also that of `spawn_blocking` | [`own`](crate::tokio::own) |
//! | a `JoinSet` | the same, for all of its tasks | [`own_set`](crate::tokio::own_set) |
//! | a `CancellationToken` | a request to end | `cancelled_by(token, work)`, with the feature `tokio-util` |
//! | a `Handle`, or a thread that has one | a nursery on that runtime | [`runtime(&Tokio::from(handle))`](crate::Builder::runtime) |
//! | a value of `task_local!` | the same value in a child, which would not have it | [`n.spawn(inherit(&KEY, work))`](crate::tokio::inherit) |
//! | a span of `tracing` around the nursery | around its children | by itself, with the feature `tracing`, where spans of level `DEBUG` are on for the target `steadfast`; else `.in_current_span()`, as in plain code |
//!
//! | from ported code | to plain code | by |
//! |---|---|---|
//! | a child | a future that any task, `JoinSet` or `select!` may await; dropped, it leaves the child to its nursery | [`Child`](crate::Child) |
//! | a request to end | a `CancellationToken` | `with_token(async \|token\| ..)`, with the feature `tokio-util` |
//! | a value of a [`TaskLocal`](crate::TaskLocal) | the same value in a plain task | [`tokio::spawn(TaskLocals::current().scope(work))`](crate::TaskLocals) |
//! | the nursery, as a spawner | `futures_util::task::Spawn`, `hyper::rt::Executor` | `NurseryExecutor` of `steadfast-hyper` |
//!
//! ```
//! use std::future::pending;
//! use steadfast::nursery;
//! use steadfast::tokio::{cancelled_by, own, own_set, with_token};
//! use tokio::task::{JoinHandle, JoinSet};
//! use tokio_util::sync::CancellationToken;
//!
//! // Three functions that have not been ported.
//! fn start_exporter() -> JoinHandle<()> {
//!     tokio::spawn(pending())
//! }
//! fn start_workers() -> JoinSet<u32> {
//!     (0..4).map(|number| async move { number }).collect()
//! }
//! async fn poll_until(stop: CancellationToken) {
//!     tokio::spawn(async move { stop.cancelled().await }).await.unwrap();
//! }
//!
//! // One that has been. Its caller has not, and hands it a token.
//! async fn serve(stop: CancellationToken) {
//!     let served = nursery(async |n| {
//!         n.spawn(async { _ = own(start_exporter()).await });
//!         n.spawn(async { _ = own_set(start_workers()).await });
//!         n.spawn(with_token(poll_until));
//!     });
//!     cancelled_by(stop, served).await; // none of the six tasks is left
//! }
//!
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! let stop = CancellationToken::new();
//! let plain = tokio::spawn(serve(stop.clone()));
//! stop.cancel();
//! plain.await.unwrap();
//! # }
//! ```
//!
//! # hyper and axum
//!
//! hyper and axum spawn by tokio itself, where no nursery sees it. [`steadfast-hyper`](https://docs.rs/steadfast-hyper) is a server whose
//! connections and requests are children: `axum::serve(listener, app).with_graceful_shutdown(signal)` becomes
//! `Server::new().until(signal).serve(listener, from_tower(app))`, and the loop that accepts, spawns `http1::Builder::serve_connection` and
//! shuts down by hand becomes `Server::new().serve(listener, service)`. Handlers stay as they are, and can be ported one by one. A loop that
//! has to stay, for TLS for instance, spawns `server.serve_connection(io, service)`.
//!
//! # From smol and async-std
//!
//! There is no step 0, because these packages cannot be taken under another name; the audit knows their spawns. `main` names the executor
//! on which the plain tasks run, `#[steadfast::main(smol_global)]` or `#[steadfast::main(async_std)]`, so that children and plain tasks run side by side.
//! From there, the steps are the same.
//!
//! | in smol | in async-std | risk | becomes |
//! |---|---|---|---|
//! | `smol::spawn(work).detach()` | `task::spawn(work)`, handle dropped | detached | [`n.spawn`](crate::Nursery::spawn) |
//! | a `Task` in a local or a field | a `JoinHandle` in one | smol: stopped anywhere when it is dropped, and not waited for; async-std: detached | [`n.spawn_with_handle`](crate::Nursery::spawn_with_handle); until then, `own` of [`steadfast::smol`](crate::smol) or [`steadfast::async_std`](crate::async_std) |
//! | `task.cancel().await` | `handle.cancel().await` | stopped anywhere | [`Child::cancel`](crate::Child::cancel) and [`wait`](crate::Child::wait) |
//! | `future::or`, `future::race` | `race` | stopped | [`merge!`](crate::merge); [`race!`](crate::race) for what may be dropped |
//! | `future::or(work, Timer::after(d))` | `future::timeout(d, work)` | stopped | [`with_deadline`](crate::with_deadline), [`timeout`](crate::timeout) |
//! | `Executor::run` on threads of your own | | its tasks are dropped with it, anywhere | `SmolRuntime` |
//! | `smol::unblock(f)` | `task::spawn_blocking(f)` | runs on, unseen | [`n.spawn_blocking`](crate::Nursery::spawn_blocking) |
//!
//! A plain task does not say which runtime it runs on; a nursery that is opened there does, once:
//!
//! ```
//! use std::future::pending;
//! use steadfast::Nursery;
//! use steadfast::smol::{GlobalSmol, own};
//!
//! // Not ported: its caller holds the `Task`.
//! fn start_ticker() -> smol::Task<()> {
//!     smol::spawn(pending())
//! }
//!
//! // Ported, and spawned by code that is not.
//! async fn refresh() {
//!     Nursery::builder()
//!         .runtime(&GlobalSmol)
//!         .run(async |n| {
//!             n.spawn(async { _ = own(start_ticker()).await });
//!             n.cancel("refreshed");
//!         })
//!         .await; // the ticker is gone
//! }
//!
//! # #[steadfast::main(smol_global)]
//! # async fn main() {
//! smol::spawn(refresh()).await;
//! # }
//! ```
//!
//! # Worked through: a key-value server
//!
//! [`examples/kv`](https://github.com/steadfast-rs/steadfast/tree/main/crates/steadfast/examples/kv) is a server over TCP, with its data in SQLite, a
//! limit of connections, deadlines for requests, silence and slow readers: 299 lines for tokio as they are written today, and each later
//! form beside them. One suite of 13 tests asks what clients ask, and every form passes it. Five more put faults on it:
//!
//! | | raw | step 0 | requests | sessions | server | ported, on each runtime |
//! |---|---|---|---|---|---|---|
//! | client killed in its request | half of it is done | | **finished** | **finished** | **finished** | **finished** |
//! | error in one connection | two clients in one place | | | **one** | **one** | **one** |
//! | panic in one connection | nobody is told | | | | **told** | **told** |
//! | shutdown with requests in flight | lost, unanswered | | | | **answered** | **answered** |
//! | slow clean-up at the shutdown | never done | | | | **awaited** | **awaited** |
//! | lines added, removed | | +1 −1 | +42 −22 | +29 −21 | +43 −37 | +56 −34 |
//!
//! An empty field is as to its left. `cargo test -p kv-suite` shows all of it, the failures of the earlier forms too, which it asserts. Lines are
//! counted by `git diff --no-index --numstat`, file by file, against the form before.
//!
//! - **Requests** (`execute`, `answer`). Raw, a `select!` between the request, its `timeout` and a client that hangs up; a `MOVE` writes twice,
//!   and could be dropped in between. Now both ask: what reads gives way, what has begun to write is finished.
//! - **Sessions** (`Session`). Raw, its `Drop` spawned the note that the client has gone, and the place of the connection was free before that.
//!   Now [`closing`](crate::closing) does it, before the connection has ended.
//! - **Server** (`serve`). Raw, it spawned connections and a ticker, cancelled a token, and returned. Now it is a nursery: the token and the
//!   `select!`s around it are gone, `accept` has a mark, the ticker is a background child, a panic is an error of its connection.
//! - **Ported**. `async-io` instead of tokio's sockets; `main` takes the runtime by name.
//!
//! `cargo steadfast audit crates/steadfast/examples/kv/raw` names three of these lines: both spawns, and the one in `Drop`. Of
//! `kv/step1-requests` it names them still, of `kv/step2-sessions` the two spawns, of `kv/step3-server` and `kv/ported` none. Asked about the whole
//! project it leaves examples out, and says how many files. It does not name the `select!` that halves a `MOVE`: that two writes belong together,
//! no tool sees.
//!
//! # Tried on public programs
//!
//! Step 0, and then a function or two, on programs that are not ours. Each was built with tokio 1.54.1, before and after; *tests* are their own,
//! passed and failed; the same ones failed before and after, as they do in a machine without a network (oha), and with this tokio
//! (mini-redis, whose `key_value_timeout` asks for an expired key too soon). rathole's were run without TLS (`--features embedded`), because
//! its tests of TLS fail on that machine in any case. Lines are those of `git diff -w --numstat`, without `Cargo.lock`.
//!
//! | | mini-redis 3d93b42 | rathole 0ee0157 | oha b8cd846 |
//! |---|---|---|---|
//! | audit: hazards | 2 | 15 | 19 |
//! | step 0: lines | +2 −2 (also a dev-dependency) | +1 −1 | +1 −1 |
//! | tests before | 25 passed, 1 failed | 9 passed | 72 passed, 2 failed |
//! | tests after step 0 | the same | the same | the same |
//! | named at the end | the task that purges keys | server: 8 tasks, among them both control channels; client: all of its channels | the watcher of Ctrl-C; with `-z`, drivers of connections |
//! | ported | `server::run` | `run_data_channel_for_udp` | `fast::work` |
//! | lines | +12 −48 | +16 −3 | +10 −2 |
//! | tests after | the same | the same | the same |
//! | gained | `run` returns when the purge task has ended, too; a channel, two fields and their explanation are gone | the writer and the forwarders end with their channel, also by an error | the watcher ends with the run: nothing is named any more |
//!
//! What was found on the way:
//!
//! - An application with an old `Cargo.lock` has to `cargo update -p tokio`, to 1.54 or later, first; and rathole, for the facade, `-p futures-io`.
//! - In rathole, the writer reads from a channel whose sender the function itself holds: the nursery would have waited for ever. Hence *who holds
//!   the sender*, above.
//! - The audit called rathole's `read_u8` in a `select!` a hazard. tokio says that it is none; now the audit knows.
