//! The last bytes of a connection.
//!
//! A socket that is closed with bytes in it that nobody has read, or to which the other side still sends, resets the connection, and
//! what was on its way to that side is lost: clients of HTTP/1 send the next request before they have the answer to this one, or the
//! rest of one that has been answered, and those of HTTP/2 acknowledge what they read all the time. So hyper does not close it: it
//! gives it back, and it is closed when the client has hung up, having read everything, or when that takes too long.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use steadfast::sleep;

/// How long the client may take. It has been told that this is the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// A connection that is given back where it is dropped.
pub(crate) struct Lent<I> {
    io: Option<I>,
    home: Home<I>,
}

/// Where it is given back to.
pub(crate) struct Home<I>(Arc<Mutex<Option<I>>>);

pub(crate) fn lend<I>(io: I) -> (Lent<I>, Home<I>) {
    let home = Arc::default();
    let lent = Lent {
        io: Some(io),
        home: Home(Arc::clone(&home)),
    };
    (lent, Home(home))
}

impl<I: Read + Unpin> Home<I> {
    /// hyper has said that nothing more will come; waits until the other side says so, too. Nothing to do if the connection has gone
    /// elsewhere, as one that was upgraded has.
    pub(crate) async fn linger(self) {
        let back = lock(&self.0).take();
        let Some(mut io) = back else { return };
        let mut patience = std::pin::pin!(sleep(PATIENCE));
        poll_fn(|cx| {
            if patience.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            loop {
                let mut bytes = [0; 1024];
                let mut buffer = ReadBuf::new(&mut bytes);
                match Pin::new(&mut io).poll_read(cx, buffer.unfilled()) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                    // The end, or an error, which concerns nobody any more.
                    Poll::Ready(_) => return Poll::Ready(()),
                }
            }
        })
        .await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<I> Lent<I> {
    fn io(self: Pin<&mut Self>) -> Pin<&mut I>
    where
        I: Unpin,
    {
        match &mut self.get_mut().io {
            Some(io) => Pin::new(io),
            None => unreachable!("only `drop` takes it"),
        }
    }
}

impl<I> Drop for Lent<I> {
    fn drop(&mut self) {
        *lock(&self.home.0) = self.io.take();
    }
}

impl<I: Read + Unpin> Read for Lent<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.io().poll_read(cx, buffer)
    }
}

impl<I: Write + Unpin> Write for Lent<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.io().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.as_ref().is_some_and(Write::is_write_vectored)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io().poll_write_vectored(cx, slices)
    }
}
