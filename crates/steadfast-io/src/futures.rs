//! For the readers and writers of `futures-io`, which are those of smol and async-std, and for every `Sink`.

use std::future::{Future, poll_fn};
use std::io::Result;
use std::pin::Pin;
use std::task::ready;

use futures_io::{AsyncRead, AsyncWrite};
use futures_sink::Sink;
use steadfast_core::{CancelSafe, assert_cancel_safe};

use crate::{ReadExact, Unsent, WriteAll};

/// Reads whose progress is the caller's. Implemented for every [`AsyncRead`].
pub trait ReadOn: AsyncRead + Unpin {
    /// Reads on until the buffer of `read` is full. At once if it is.
    ///
    /// # Errors
    ///
    /// That of the reader; `UnexpectedEof` if it ends before. `read` has what came until then.
    ///
    /// # Panics
    ///
    /// If the reader says that it has read more than there was room for.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any await: `read` has what was read, and the reader has the rest.
    ///
    /// # Examples
    ///
    /// ```
    /// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
    /// # steadfast::block_on(&runtime, async {
    /// use std::io::ErrorKind;
    /// use steadfast_io::{ReadExact, futures::ReadOn};
    ///
    /// let mut header = ReadExact::new([0; 4]);
    /// let mut first: &[u8] = b"HE";
    /// let error = first.read_on(&mut header).await.unwrap_err();
    /// assert_eq!((error.kind(), header.read_so_far()), (ErrorKind::UnexpectedEof, &b"HE"[..]));
    ///
    /// let mut second: &[u8] = b"ADbody";
    /// second.read_on(&mut header).await?;
    /// assert_eq!((&header.into_inner(), second), (b"HEAD", &b"body"[..]));
    /// # std::io::Result::Ok(())
    /// # }).unwrap();
    /// ```
    fn read_on<B: AsMut<[u8]>>(
        &mut self,
        read: &mut ReadExact<B>,
    ) -> impl Future<Output = Result<()>> + CancelSafe {
        assert_cancel_safe(poll_fn(move |cx| {
            read.poll(|rest| Pin::new(&mut *self).poll_read(cx, rest))
        }))
    }
}

impl<R: AsyncRead + Unpin + ?Sized> ReadOn for R {}

/// Writes whose progress is the caller's. Implemented for every [`AsyncWrite`].
pub trait WriteOn: AsyncWrite + Unpin {
    /// Writes on until all bytes of `write` have been written. At once if they have. Flushes nothing.
    ///
    /// # Errors
    ///
    /// That of the writer; `WriteZero` if it takes no more. `write` has what is left.
    ///
    /// # Panics
    ///
    /// If the writer says that it has written more than it was given.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any await: `write` knows what the writer has taken.
    ///
    /// # Examples
    ///
    /// ```
    /// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
    /// # steadfast::block_on(&runtime, async {
    /// use std::io::ErrorKind;
    /// use futures_util::io::Cursor;
    /// use steadfast_io::{WriteAll, futures::WriteOn};
    ///
    /// let mut hello = WriteAll::new("HELLO");
    /// let mut pages = [[0; 3]; 2];
    /// let [first, second] = pages.each_mut().map(|page| &mut page[..]);
    /// let error = Cursor::new(first).write_on(&mut hello).await.unwrap_err();
    /// assert_eq!((error.kind(), hello.rest()), (ErrorKind::WriteZero, &b"LO"[..]));
    ///
    /// Cursor::new(second).write_on(&mut hello).await?;
    /// assert_eq!(pages, [*b"HEL", *b"LO\0"]);
    /// # std::io::Result::Ok(())
    /// # }).unwrap();
    /// ```
    fn write_on<B: AsRef<[u8]>>(
        &mut self,
        write: &mut WriteAll<B>,
    ) -> impl Future<Output = Result<()>> + CancelSafe {
        assert_cancel_safe(poll_fn(move |cx| {
            write.poll(|rest| Pin::new(&mut *self).poll_write(cx, rest))
        }))
    }
}

impl<W: AsyncWrite + Unpin + ?Sized> WriteOn for W {}

/// Sends that give the message back. Implemented for every [`Sink`].
pub trait SendFrom<T>: Sink<T> + Unpin {
    /// Waits until the sink has room, hands it the message, and flushes it. If it has the message already, it is only flushed.
    ///
    /// # Errors
    ///
    /// That of the sink. The message is left in `message` if there was no room for it, and the sink's if it was handed over.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any await: the message is left in `message`, or the sink has it; flush a sink that has.
    ///
    /// # Examples
    ///
    /// ```
    /// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
    /// # steadfast::block_on(&runtime, async {
    /// use std::time::Duration;
    /// use futures_util::{SinkExt, sink};
    /// use steadfast::timeout;
    /// use steadfast_io::{Unsent, futures::SendFrom};
    ///
    /// // One message at a time, and it is stuck with the first.
    /// let mut stuck = sink::drain::<&str>().with(async |message| {
    ///     let () = std::future::pending().await;
    ///     Ok::<_, std::convert::Infallible>(message)
    /// });
    /// let mut stuck = std::pin::pin!(stuck);
    /// let mut messages = [Unsent::new("one"), Unsent::new("two")];
    /// for message in &mut messages {
    ///     let late = timeout(Duration::ZERO, stuck.send_from(message)).await;
    ///     assert!(late.is_err());
    /// }
    /// let [one, two] = messages;
    /// assert!(one.is_sent()); // it is the sink's
    /// assert_eq!(two.into_inner(), Some("two"));
    /// # });
    /// ```
    fn send_from(
        &mut self,
        message: &mut Unsent<T>,
    ) -> impl Future<Output = std::result::Result<(), Self::Error>> + CancelSafe {
        assert_cancel_safe(poll_fn(move |cx| {
            if !message.is_sent() {
                ready!(Pin::new(&mut *self).poll_ready(cx))?;
            }
            if let Some(message) = message.take() {
                Pin::new(&mut *self).start_send(message)?;
            }
            Pin::new(&mut *self).poll_flush(cx)
        }))
    }
}

impl<T, S: Sink<T> + Unpin + ?Sized> SendFrom<T> for S {}
