//! hyper's spawns, as children.

use std::future::Future;

use hyper::rt::Executor;
use steadfast::{FutureExt, Never, Nursery};

/// Spawns into one nursery what hyper, or any code that takes an executor, spawns: nothing of it outlives the nursery.
///
/// | made by | its children | for |
/// |---|---|---|
/// | [`new`](Self::new) | are waited for, and polled to their end | servers: the streams of HTTP/2 |
/// | [`background`](Self::background) | are dropped once everybody else has finished | clients: connections that stay open while nobody uses them |
///
/// A panic of a child of the first kind is its own affair, and is [reported](steadfast::set_report_hook): the panic of one handler
/// must not end a server. One of the second kind fails the nursery. An output is dropped.
///
/// If the nursery is closed or its runtime has shut down, what is spawned is dropped, and reported as lost. Dropping the executor
/// does nothing; it keeps no nursery waiting.
///
/// With the feature `futures`, it is a `futures_util::task::Spawn` as well.
///
/// # Examples
///
/// A client whose connection ends with the nursery:
///
#[cfg_attr(feature = "tokio", doc = "```no_run")]
#[cfg_attr(not(feature = "tokio"), doc = "```ignore")]
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use hyper::rt::Executor;
/// use steadfast_hyper::NurseryExecutor;
///
/// let io = tokio::net::TcpStream::connect("127.0.0.1:3000").await?;
/// let io = hyper_util::rt::TokioIo::new(io);
/// steadfast::nursery(async |n| {
///     let connections = NurseryExecutor::background(&n);
///     let (mut sender, connection) =
///         hyper::client::conn::http2::handshake(connections.clone(), io).await?;
///     connections.execute(connection);
///     let request = hyper::Request::new(http_body_util::Empty::<bytes::Bytes>::new());
///     println!("{}", sender.send_request(request).await?.status());
///     Ok::<_, hyper::Error>(())
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
pub struct NurseryExecutor<E = Never> {
    nursery: Nursery<E>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Finished,
    Background,
}

impl<E: Send + 'static> NurseryExecutor<E> {
    /// Spawns children that the nursery waits for.
    pub fn new(nursery: &Nursery<E>) -> Self {
        Self {
            nursery: nursery.clone(),
            kind: Kind::Finished,
        }
    }

    /// Spawns children in the background: when the body and all foreground children have finished, they are dropped.
    pub fn background(nursery: &Nursery<E>) -> Self {
        Self {
            nursery: nursery.clone(),
            kind: Kind::Background,
        }
    }

    #[track_caller]
    fn spawn<F>(&self, future: F)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match self.kind {
            // The handle has nothing to tell: a panic that it did not give away is reported.
            Kind::Finished => drop(self.nursery.spawn_supervised(future)),
            Kind::Background => {
                let spawned = self.nursery.spawn_background(async move {
                    // It has been asked to end, or it has ended.
                    _ = future.or_cancelled().await;
                });
                drop(spawned);
            }
        }
    }
}

impl<E, F> Executor<F> for NurseryExecutor<E>
where
    E: Send + 'static,
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    #[track_caller]
    fn execute(&self, future: F) {
        self.spawn(future);
    }
}

/// As [`Executor`]: `spawn`, `spawn_with_handle` and whatever else takes a `Spawn` start children.
#[cfg(feature = "futures")]
impl<E: Send + 'static> futures_task::Spawn for NurseryExecutor<E> {
    #[track_caller]
    fn spawn_obj(
        &self,
        future: futures_task::FutureObj<'static, ()>,
    ) -> Result<(), futures_task::SpawnError> {
        self.status()?;
        self.spawn(future);
        Ok(())
    }

    fn status(&self) -> Result<(), futures_task::SpawnError> {
        match self.nursery.is_closed() {
            true => Err(futures_task::SpawnError::shutdown()),
            false => Ok(()),
        }
    }
}

impl<E> Clone for NurseryExecutor<E> {
    fn clone(&self) -> Self {
        Self {
            nursery: self.nursery.clone(),
            kind: self.kind,
        }
    }
}

impl<E> std::fmt::Debug for NurseryExecutor<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NurseryExecutor")
            .field("nursery", &self.nursery)
            .field("kind", &self.kind)
            .finish()
    }
}
