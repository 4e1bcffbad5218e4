//! The progress of a read.

use std::fmt;
use std::io::{Error, ErrorKind, Result};
use std::task::{Poll, ready};

/// A read of as many bytes as a buffer has room for, and how far it has come.
///
/// Life cycle: made with a buffer, it is lent to `read_on` as often as it takes; when that has returned `Ok`, the buffer is full,
/// and [`into_inner`](Self::into_inner) gives it back. A `read_on` that is dropped, or that fails, leaves here what it has read.
///
/// # Examples
///
/// ```
/// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
/// # steadfast::block_on(&runtime, async {
/// use steadfast_io::{ReadExact, futures::ReadOn};
///
/// // Two headers of the same length, one after the other.
/// let mut socket: &[u8] = b"HEADTAIL";
/// let mut header = ReadExact::new([0; 4]);
/// socket.read_on(&mut header).await?;
/// assert_eq!(header.read_so_far(), b"HEAD");
/// header.restart();
/// socket.read_on(&mut header).await?;
/// assert_eq!(&header.into_inner(), b"TAIL");
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub struct ReadExact<B> {
    buffer: B,
    filled: usize,
}

impl<B: AsMut<[u8]>> ReadExact<B> {
    /// A read into all of `buffer`: an array, a `Vec` of the right length, a slice.
    pub const fn new(buffer: B) -> Self {
        Self { buffer, filled: 0 }
    }

    /// How many bytes have been read.
    pub const fn filled(&self) -> usize {
        self.filled
    }

    /// The bytes that have been read.
    pub fn read_so_far(&mut self) -> &[u8] {
        &self.buffer.as_mut()[..self.filled]
    }

    /// The buffer. Only its first [`filled`](Self::filled) bytes have been read.
    pub fn into_inner(self) -> B {
        self.buffer
    }

    /// Begins anew with the same buffer, for the next header of the same length.
    pub const fn restart(&mut self) {
        self.filled = 0;
    }

    /// Reads on with `read`, which fills the beginning of what it is given and says how much of it.
    pub(crate) fn poll(
        &mut self,
        mut read: impl FnMut(&mut [u8]) -> Poll<Result<usize>>,
    ) -> Poll<Result<()>> {
        loop {
            let rest = &mut self.buffer.as_mut()[self.filled..];
            if rest.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let missing = rest.len();
            let count = ready!(read(rest))?;
            assert!(
                count <= missing,
                "a reader says that it has read {count} bytes into {missing}"
            );
            if count == 0 {
                return Poll::Ready(Err(too_short(missing)));
            }
            self.filled += count;
        }
    }
}

fn too_short(missing: usize) -> Error {
    let text = format!("the source has ended, and {missing} bytes were still to be read");
    Error::new(ErrorKind::UnexpectedEof, text)
}

impl<B> fmt::Debug for ReadExact<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadExact")
            .field("filled", &self.filled)
            .finish_non_exhaustive()
    }
}
