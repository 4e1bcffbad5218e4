//! The progress of a write.

use std::fmt;
use std::io::{Error, ErrorKind, Result};
use std::task::{Poll, ready};

/// A write of all bytes of a buffer, and how far it has come.
///
/// Life cycle: made with the bytes, it is lent to `write_on` as often as it takes; when that has returned `Ok`, the writer has them
/// all. A `write_on` that is dropped, or that fails, leaves here what is still to be written: **go on with this value**, and not with
/// the bytes from the start.
///
/// # Examples
///
/// ```
/// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
/// # steadfast::block_on(&runtime, async {
/// use steadfast_io::{WriteAll, futures::WriteOn};
///
/// let mut wire = Vec::new();
/// let mut reply = WriteAll::new(vec![1, 2, 3]);
/// wire.write_on(&mut reply).await?;
/// wire.write_on(&mut reply).await?; // nothing is left to write
/// assert_eq!((reply.written(), wire), (3, reply.into_inner()));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub struct WriteAll<B> {
    bytes: B,
    written: usize,
}

impl<B: AsRef<[u8]>> WriteAll<B> {
    /// A write of all of `bytes`.
    pub const fn new(bytes: B) -> Self {
        Self { bytes, written: 0 }
    }

    /// How many bytes the writer has taken.
    pub const fn written(&self) -> usize {
        self.written
    }

    /// What is still to be written.
    pub fn rest(&self) -> &[u8] {
        &self.bytes.as_ref()[self.written..]
    }

    /// All bytes, written or not.
    pub fn into_inner(self) -> B {
        self.bytes
    }

    /// Writes on with `write`, which takes the beginning of what it is given and says how much of it.
    pub(crate) fn poll(
        &mut self,
        mut write: impl FnMut(&[u8]) -> Poll<Result<usize>>,
    ) -> Poll<Result<()>> {
        while !self.rest().is_empty() {
            let missing = self.rest().len();
            let count = ready!(write(self.rest()))?;
            assert!(
                count <= missing,
                "a writer says that it has written {count} bytes out of {missing}"
            );
            if count == 0 {
                let text = format!("the writer takes no more, and {missing} bytes are left");
                return Poll::Ready(Err(Error::new(ErrorKind::WriteZero, text)));
            }
            self.written += count;
        }
        Poll::Ready(Ok(()))
    }
}

impl<B> fmt::Debug for WriteAll<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteAll")
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}
