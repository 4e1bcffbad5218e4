//! For the readers, writers and channels of tokio.

use std::future::{Future, poll_fn};
use std::io::Result;
use std::pin::Pin;
use std::task::ready;

use steadfast_core::{CancelSafe, assert_cancel_safe};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;

use crate::{ReadExact, Unsent, WriteAll};

/// Reads whose progress is the caller's. Implemented for every [`AsyncRead`].
pub trait ReadOn: AsyncRead + Unpin {
    /// Reads on until the buffer of `read` is full. At once if it is.
    ///
    /// # Errors
    ///
    /// That of the reader; `UnexpectedEof` if it ends before. `read` has what came until then.
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
    /// use std::time::Duration;
    /// use steadfast::timeout;
    /// use steadfast_io::{ReadExact, tokio::ReadOn};
    /// use tokio::io::AsyncWriteExt;
    ///
    /// let (mut far, mut socket) = tokio::io::duplex(16);
    /// let mut header = ReadExact::new([0; 4]);
    /// far.write_all(b"HE").await?;
    /// assert!(timeout(Duration::ZERO, socket.read_on(&mut header)).await.is_err());
    ///
    /// far.write_all(b"ADbody").await?;
    /// socket.read_on(&mut header).await?;
    /// assert_eq!(&header.into_inner(), b"HEAD");
    /// # std::io::Result::Ok(())
    /// # }).unwrap();
    /// ```
    fn read_on<B: AsMut<[u8]>>(
        &mut self,
        read: &mut ReadExact<B>,
    ) -> impl Future<Output = Result<()>> + CancelSafe {
        assert_cancel_safe(poll_fn(move |cx| {
            read.poll(|rest| {
                let mut buffer = ReadBuf::new(rest);
                ready!(Pin::new(&mut *self).poll_read(cx, &mut buffer))?;
                Ok(buffer.filled().len()).into()
            })
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
    /// use std::time::Duration;
    /// use steadfast::timeout;
    /// use steadfast_io::{WriteAll, tokio::WriteOn};
    /// use tokio::io::AsyncReadExt;
    ///
    /// let (mut far, mut socket) = tokio::io::duplex(4);
    /// let mut hello = WriteAll::new("HELLO");
    /// assert!(timeout(Duration::ZERO, socket.write_on(&mut hello)).await.is_err());
    /// assert_eq!(hello.rest(), b"O");
    ///
    /// let mut arrived = [0; 5];
    /// far.read_exact(&mut arrived[..4]).await?;
    /// socket.write_on(&mut hello).await?;
    /// far.read_exact(&mut arrived[4..]).await?;
    /// assert_eq!(&arrived, b"HELLO");
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

/// Sends that give the message back.
pub trait SendFrom<T> {
    /// Waits until the channel has room, and sends the message. At once if it has been sent.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the channel is closed. The message is left in `message`.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any await: the message is left in `message`. What is lost is the place in the queue for room.
    ///
    /// # Examples
    ///
    /// ```
    /// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
    /// # steadfast::block_on(&runtime, async {
    /// use std::time::Duration;
    /// use steadfast::timeout;
    /// use steadfast_io::{Unsent, tokio::SendFrom};
    /// use tokio::sync::mpsc;
    ///
    /// let (sender, mut receiver) = mpsc::channel(1);
    /// sender.send("first").await.unwrap();
    /// let mut message = Unsent::new("second");
    /// assert!(timeout(Duration::ZERO, sender.send_from(&mut message)).await.is_err());
    ///
    /// receiver.recv().await;
    /// sender.send_from(&mut message).await.unwrap();
    /// assert!(message.is_sent());
    /// assert_eq!(receiver.recv().await, Some("second"));
    /// # });
    /// ```
    fn send_from(
        &self,
        message: &mut Unsent<T>,
    ) -> impl Future<Output = std::result::Result<(), SendError<()>>> + CancelSafe;
}

impl<T> SendFrom<T> for mpsc::Sender<T> {
    fn send_from(
        &self,
        message: &mut Unsent<T>,
    ) -> impl Future<Output = std::result::Result<(), SendError<()>>> + CancelSafe {
        assert_cancel_safe(async move {
            if message.is_sent() {
                return Ok(());
            }
            let place = self.reserve().await?;
            // From here on nobody awaits.
            if let Some(message) = message.take() {
                place.send(message);
            }
            Ok(())
        })
    }
}
