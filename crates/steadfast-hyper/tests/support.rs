//! What the tests share: the runtimes, a client, and who heard what.
#![allow(dead_code, reason = "each test target uses a part")]

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::rt::Executor;
use hyper::{Request, StatusCode};
use steadfast::{Nursery, yield_now};
use steadfast_hyper::{Listener, NurseryExecutor};

pub(crate) type Io<N> = <<N as Net>::Listener as Listener>::Io;

/// A runtime, and its network.
pub(crate) trait Net: 'static {
    type Listener: Listener<Peer = SocketAddr> + 'static;

    fn block_on<F: Future>(future: F) -> F::Output;
    fn bind() -> impl Future<Output = io::Result<(Self::Listener, SocketAddr)>> + Send;
    fn connect(to: SocketAddr) -> impl Future<Output = io::Result<Io<Self>>> + Send;
}

pub(crate) struct TokioMultiThread;
pub(crate) struct TokioCurrentThread;
pub(crate) struct Smol;
pub(crate) struct AsyncStd;

macro_rules! tokio_net {
    ($name:ident, $make:expr) => {
        impl Net for $name {
            type Listener = tokio::net::TcpListener;

            fn block_on<F: Future>(future: F) -> F::Output {
                steadfast::block_on(&$make.unwrap(), future)
            }

            async fn bind() -> io::Result<(Self::Listener, SocketAddr)> {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
                let at = listener.local_addr()?;
                Ok((listener, at))
            }

            async fn connect(to: SocketAddr) -> io::Result<Io<Self>> {
                let stream = tokio::net::TcpStream::connect(to).await?;
                Ok(hyper_util::rt::TokioIo::new(stream))
            }
        }
    };
}

tokio_net!(
    TokioMultiThread,
    steadfast::tokio::TokioRuntime::multi_thread(4)
);
tokio_net!(
    TokioCurrentThread,
    steadfast::tokio::TokioRuntime::current_thread()
);

macro_rules! futures_net {
    ($name:ident, $net:ident, $make:expr) => {
        impl Net for $name {
            type Listener = $net::TcpListener;

            fn block_on<F: Future>(future: F) -> F::Output {
                steadfast::block_on(&$make.unwrap(), future)
            }

            async fn bind() -> io::Result<(Self::Listener, SocketAddr)> {
                let listener = $net::TcpListener::bind("127.0.0.1:0").await?;
                let at = listener.local_addr()?;
                Ok((listener, at))
            }

            async fn connect(to: SocketAddr) -> io::Result<Io<Self>> {
                let stream = $net::TcpStream::connect(to).await?;
                Ok(smol_hyper::rt::FuturesIo::new(stream))
            }
        }
    };
}

use async_std::net as async_std_net;
futures_net!(
    Smol,
    async_net,
    steadfast::smol::SmolRuntime::with_threads(4)
);
futures_net!(
    AsyncStd,
    async_std_net,
    steadfast::async_std::AsyncStd::new()
);

/// One test of each function on each runtime.
#[macro_export]
macro_rules! on_each_runtime {
    ($($case:ident),* $(,)?) => {
        mod tokio_multi_thread {
            $(#[test] fn $case() { super::$case::<$crate::support::TokioMultiThread>(); })*
        }
        mod tokio_current_thread {
            $(#[test] fn $case() { super::$case::<$crate::support::TokioCurrentThread>(); })*
        }
        mod smol {
            $(#[test] fn $case() { super::$case::<$crate::support::Smol>(); })*
        }
        mod async_std {
            $(#[test] fn $case() { super::$case::<$crate::support::AsyncStd>(); })*
        }
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    H1,
    H2,
}

/// A connection of a client: hyper's for HTTP/1, and h2's for HTTP/2, because hyper's gives a request up that it has sent if a `GOAWAY`
/// comes in that moment, even one that covers it. Its task is a background child.
pub(crate) enum Client {
    H1(http1::SendRequest<Full<Bytes>>),
    H2(h2::client::SendRequest<Bytes>),
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Client {
    pub(crate) async fn connect<N: Net>(n: &Nursery, to: SocketAddr, version: Version) -> Self {
        let io = N::connect(to).await.unwrap();
        Self::over(n, io, version).await.unwrap()
    }

    pub(crate) async fn over<I>(n: &Nursery, io: I, version: Version) -> Result<Self, BoxError>
    where
        I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    {
        let executor = NurseryExecutor::background(n);
        match version {
            Version::H1 => {
                let (sender, connection) = http1::handshake(io).await?;
                executor.execute(connection);
                Ok(Self::H1(sender))
            }
            Version::H2 => {
                let io = hyper_util::rt::TokioIo::new(io);
                // As large as those of hyper's client: whole answers are on their way when the server is asked to end.
                let (sender, connection) = h2::client::Builder::new()
                    .initial_window_size(2 << 20)
                    .initial_connection_window_size(5 << 20)
                    .handshake(io)
                    .await?;
                executor.execute(connection);
                Ok(Self::H2(sender))
            }
        }
    }

    /// The status and the whole body, or what went wrong.
    pub(crate) async fn get(&mut self, path: &str) -> Result<(StatusCode, Bytes), BoxError> {
        let request = Request::get(format!("http://server{path}")).header("host", "server");
        match self {
            Self::H1(sender) => {
                sender.ready().await?;
                let response = sender.send_request(request.body(Full::default())?).await?;
                let status = response.status();
                Ok((status, response.into_body().collect().await?.to_bytes()))
            }
            Self::H2(sender) => {
                let mut sender = sender.clone().ready().await?;
                let (response, _) = sender.send_request(request.body(())?, true)?;
                let response = response.await?;
                let (status, mut body) = (response.status(), response.into_body());
                let mut whole = BytesMut::new();
                while let Some(part) = body.data().await {
                    let part = part?;
                    body.flow_control().release_capacity(part.len())?;
                    whole.extend_from_slice(&part);
                }
                Ok((status, whole.freeze()))
            }
        }
    }
}

/// Yields until `is_so`.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now().await;
    }
}

/// Counts.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) fn up(&self) -> usize {
        self.0.fetch_add(1, SeqCst)
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(SeqCst)
    }
}
