//! Where connections come from.

use std::fmt::Debug;
use std::future::Future;
use std::io;

use hyper::rt::{Read, Write};

/// Accepts connections, one at a time.
///
/// Implemented for the listeners of tokio, `smol::net` and async-std, each by its feature. Implement it for others by handing out what
/// implements hyper's traits: `hyper_util::rt::TokioIo` and `smol_hyper::rt::FuturesIo` make it of any reader and writer.
pub trait Listener: Send {
    /// A connection.
    type Io: Read + Write + Unpin + Send + 'static;
    /// Who is at its other end. Names the connection in the tree and in reports.
    type Peer: Debug + Send + 'static;

    /// Waits for the next connection.
    ///
    /// # Cancel safety
    ///
    /// An implementation must lose no connection if the future is dropped.
    ///
    /// # Errors
    ///
    /// The operating system's. The server goes on; it waits a second first, unless the error is that of one connection.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Io, Self::Peer)>> + Send;
}

#[cfg(feature = "tokio")]
impl Listener for tokio::net::TcpListener {
    type Io = hyper_util::rt::TokioIo<tokio::net::TcpStream>;
    type Peer = std::net::SocketAddr;

    async fn accept(&mut self) -> io::Result<(Self::Io, Self::Peer)> {
        let (stream, peer) = Self::accept(self).await?;
        Ok((hyper_util::rt::TokioIo::new(stream), peer))
    }
}

#[cfg(all(feature = "tokio", unix))]
impl Listener for tokio::net::UnixListener {
    type Io = hyper_util::rt::TokioIo<tokio::net::UnixStream>;
    type Peer = tokio::net::unix::SocketAddr;

    async fn accept(&mut self) -> io::Result<(Self::Io, Self::Peer)> {
        let (stream, peer) = Self::accept(self).await?;
        Ok((hyper_util::rt::TokioIo::new(stream), peer))
    }
}

#[cfg(feature = "smol")]
impl Listener for async_net::TcpListener {
    type Io = smol_hyper::rt::FuturesIo<async_net::TcpStream>;
    type Peer = std::net::SocketAddr;

    async fn accept(&mut self) -> io::Result<(Self::Io, Self::Peer)> {
        let (stream, peer) = Self::accept(self).await?;
        Ok((smol_hyper::rt::FuturesIo::new(stream), peer))
    }
}

#[cfg(all(feature = "smol", unix))]
impl Listener for async_net::unix::UnixListener {
    type Io = smol_hyper::rt::FuturesIo<async_net::unix::UnixStream>;
    type Peer = async_net::unix::SocketAddr;

    async fn accept(&mut self) -> io::Result<(Self::Io, Self::Peer)> {
        let (stream, peer) = Self::accept(self).await?;
        Ok((smol_hyper::rt::FuturesIo::new(stream), peer))
    }
}

#[cfg(feature = "async-std")]
impl Listener for async_std::net::TcpListener {
    type Io = smol_hyper::rt::FuturesIo<async_std::net::TcpStream>;
    type Peer = std::net::SocketAddr;

    async fn accept(&mut self) -> io::Result<(Self::Io, Self::Peer)> {
        let (stream, peer) = Self::accept(self).await?;
        Ok((smol_hyper::rt::FuturesIo::new(stream), peer))
    }
}
