//! A connection: requests one after the other, until the client, its silence, or the end of the server ends it.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use kv_shared::{Decoder, Limits, Reply, Request, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::request::execute;
use crate::session::Session;

pub(crate) async fn serve<S: Store>(
    mut socket: TcpStream,
    peer: SocketAddr,
    store: Arc<S>,
    limits: Limits,
    stop: CancellationToken,
) -> io::Result<()> {
    let _session = Session::open(&store, peer).await?;
    let mut decoder = Decoder::default();
    loop {
        let next = tokio::select! {
            next = timeout(limits.idle, next(&mut socket, &limits, &mut decoder)) => next,
            () = stop.cancelled() => return Ok(()),
        };
        let Ok(next) = next else {
            return send(
                &mut socket,
                &limits,
                &Reply::Error("silent for too long".into()),
            )
            .await;
        };
        let Some(request) = next? else {
            return Ok(());
        };
        let reply = match request {
            Ok(request) => answer(&socket, &*store, &limits, request).await?,
            Err(why) => Some(Reply::Error(why)),
        };
        match reply {
            Some(reply) => send(&mut socket, &limits, &reply).await?,
            None => return Ok(()),
        }
    }
}

/// The reply; none, if there is nobody to get it.
async fn answer<S: Store>(
    socket: &TcpStream,
    store: &S,
    limits: &Limits,
    request: Request,
) -> io::Result<Option<Reply>> {
    if request == Request::Quit {
        return Ok(None);
    }
    tokio::select! {
        reply = timeout(limits.request, execute(store, request)) => match reply {
            Ok(reply) => reply.map(Some),
            Err(_) => Ok(Some(Reply::Error("the request took too long".into()))),
        },
        () = hung_up(socket) => Ok(None),
    }
}

/// Waits until the client has closed its side.
async fn hung_up(socket: &TcpStream) {
    if let Ok(1..) = socket.peek(&mut [0]).await {
        // It has sent the next request already.
        pending().await
    }
}

/// The next request, or what is wrong with it; none, if the client has closed its side.
async fn next(
    socket: &mut TcpStream,
    limits: &Limits,
    decoder: &mut Decoder,
) -> io::Result<Option<Result<Request, String>>> {
    let mut buffer = [0; 4096];
    loop {
        match decoder.decode() {
            Some(Ok(request)) => return Ok(Some(Ok(request))),
            Some(Err(bad)) if bad.fatal => {
                send(socket, limits, &Reply::Error(bad.to_string())).await?;
                return Err(io::Error::other(bad));
            }
            Some(Err(bad)) => return Ok(Some(Err(bad.why))),
            None => {}
        }
        match socket.read(&mut buffer).await? {
            0 => return Ok(None),
            count => decoder.push(&buffer[..count]),
        }
    }
}

async fn send(socket: &mut TcpStream, limits: &Limits, reply: &Reply) -> io::Result<()> {
    timeout(limits.idle, socket.write_all(&reply.encode())).await?
}
