//! Reads, writes and sends that may be dropped half-way and taken up again.
//!
//! `read_exact`, `write_all` and `send` keep what they have done so far in their future. If that is dropped, because it has lost a
//! race or because a timeout has passed, the bytes that it has read are gone, nobody knows how many it has written, and the
//! message is lost. Here the progress is in a value of the caller's, and the future only lends it: it is
//! [`CancelSafe`](steadfast_core::CancelSafe), so that [`race!`](steadfast_core::race) and
//! [`timeout`](steadfast_core::timeout) take it as it is.
//!
//! | value | of the traits of `futures-io` and `futures-sink` | of tokio |
//! |---|---|---|
//! | [`ReadExact`] | [`futures::ReadOn::read_on`] | `tokio::ReadOn::read_on` |
//! | [`WriteAll`] | [`futures::WriteOn::write_on`] | `tokio::WriteOn::write_on` |
//! | [`Unsent`] | [`futures::SendFrom::send_from`] | `tokio::SendFrom::send_from` |
//!
//! The readers, writers and channels are those of well-kept crates; nothing is wrapped. What has a two-step form of its own needs
//! none of this: `reserve` and a permit of tokio's `mpsc`, `recv` of any channel, `accept` of a listener, `read_buf` and
//! `write_all_buf` of tokio, whose buffers keep the progress, too.
//!
//! `async-channel` (of smol and async-std) has no way to wait for room without giving the message away. Send to it from a child, or
//! in an arm of [`merge!`](steadfast_core::merge), which nobody cuts.
//!
//! # Examples
//!
//! ```
//! # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
//! # steadfast::block_on(&runtime, async {
//! use std::time::Duration;
//! use steadfast::timeout;
//! use steadfast_io::{ReadExact, futures::ReadOn};
//!
//! let mut socket: &[u8] = b"HEADbody";
//! let mut header = ReadExact::new([0; 4]);
//! let read = loop {
//!     match timeout(Duration::from_secs(1), socket.read_on(&mut header)).await {
//!         Ok(read) => break read,
//!         Err(_) => println!("{} bytes so far, and none is lost", header.filled()),
//!     }
//! };
//! read?;
//! assert_eq!(&header.into_inner(), b"HEAD");
//! # std::io::Result::Ok(())
//! # }).unwrap();
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod futures;
mod read;
mod send;
#[cfg(feature = "tokio")]
pub mod tokio;
mod write;

pub use crate::read::ReadExact;
pub use crate::send::Unsent;
pub use crate::write::WriteAll;
