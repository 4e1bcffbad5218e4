//! hyper on a nursery: servers that shut down as one call, and clients whose connections do not outlive them.
//!
//! | I want | |
//! |---|---|
//! | a server, of hyper or axum, that returns when its last connection has finished | [`Server::serve`] |
//! | the same, with one service for each connection | [`Server::serve_with`] |
//! | an axum application, or any other tower service, as a service of hyper | [`from_tower`] |
//! | one connection, accepted by my own loop, behind TLS for instance | [`Server::serve_connection`] |
//! | another kind of listener | [`Listener`] |
//! | what hyper spawns to be children | [`NurseryExecutor`] |
//! | hyper's timeouts on the clock of the runtime at hand | [`NurseryTimer`] |
//!
//! It runs on every runtime of steadfast. The features `tokio`, `smol` and `async-std` add their listeners.
//!
//! # Shutting down
//!
//! A server ends as everything in steadfast does: the scope that it runs in is asked to end, by a nursery, a
//! [`CancelScope`](steadfast::CancelScope), a deadline, the root; or it is told when, by [`Server::until`]. Then
//!
//! 1. nobody is accepted any more, and the port is free;
//! 2. each connection drains: a request that has been read is answered in full, an idle connection is closed, HTTP/2 says `GOAWAY`.
//!    A client that is owed an answer gets 2 s from then on to read it and to hang up;
//! 3. handlers that have a mark give way at it, as ever; those without one do not hear of it;
//! 4. what has not finished within the [grace](Server::grace), if there is one, is dropped, and counted;
//! 5. clean-ups are awaited, and the call returns.
//!
//! A handler is **polled to its end**, also if its client has gone: hyper drops it then, and the nursery finishes it.
//!
//! # What it cannot do
//!
//! - *The race of HTTP/1.1*: a request that a client sends on a connection that was idle, in the very moment in which the server
//!   closes it, is not read, and no handler has heard of it. Clients retry such a request; HTTP/2 has no such gap.
//! - *Upgraded connections* (WebSockets) belong to whoever takes them. The connection has finished for the server once it has been
//!   handed over. Spawn what serves it into a nursery of your own; axum's `on_upgrade` uses `tokio::spawn`.
//!
//! # Examples
//!
//! A whole server, on tokio; on smol or async-std the listener and the attribute differ, and nothing else.
//!
#![cfg_attr(feature = "tokio", doc = "```no_run")]
#![cfg_attr(not(feature = "tokio"), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::{Router, routing::get};
//! use steadfast_hyper::{Server, from_tower};
//!
//! #[steadfast::main(tokio)]
//! async fn main() -> std::io::Result<()> {
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     let app = Router::new().route("/", get(async || "hello"));
//!     let served = Server::new()
//!         .name("web")
//!         .limit(1024)
//!         .grace(Duration::from_secs(10))
//!         .until(async { tokio::time::sleep(Duration::from_secs(60)).await })
//!         .serve(listener, from_tower(app))
//!         .await;
//!     println!("{} requests on {} connections", served.requests, served.connections);
//!     Ok(())
//! }
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connection;
mod executor;
mod linger;
mod listener;
mod served;
mod server;
mod service;
mod timer;

pub use crate::executor::NurseryExecutor;
pub use crate::listener::Listener;
pub use crate::served::{ConnectionError, Served};
pub use crate::server::Server;
pub use crate::service::from_tower;
pub use crate::timer::NurseryTimer;

/// The builder of hyper's connections, which [`Server::http`] lends.
pub use hyper_util::server::conn::auto;
