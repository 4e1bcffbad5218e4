//! A connection: requests one after the other, until the client, its silence, or the end of the server ends it.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use kv_shared::{Bad, Decoder, Limits, Reply, Request, Store};
use steadfast::flow::once;
use steadfast::{CancelScope, FutureExt, closing, merge};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::request::execute;
use crate::session::Session;

pub(crate) async fn serve<S: Store>(
    mut socket: TcpStream,
    peer: SocketAddr,
    store: Arc<S>,
    limits: Limits,
) -> io::Result<()> {
    let session = Session::open(&store, peer).await?;
    closing(session, async |_session| {
        requests(&mut socket, &*store, &limits).await
    })
    .await
}

async fn requests<S: Store>(socket: &mut TcpStream, store: &S, limits: &Limits) -> io::Result<()> {
    let mut decoder = Decoder::default();
    loop {
        let next = timeout(limits.idle, next(socket, &mut decoder)).or_cancelled();
        let Ok(next) = next.await else {
            return Ok(());
        };
        let Ok(next) = next else {
            return send(socket, limits, &Reply::Error("silent for too long".into())).await;
        };
        let Some(request) = next? else {
            return Ok(());
        };
        let reply = match request {
            Ok(request) => answer(socket, store, limits, request).await?,
            Err(bad) if bad.fatal => {
                send(socket, limits, &Reply::Error(bad.to_string())).await?;
                return Err(io::Error::other(bad));
            }
            Err(bad) => Some(Reply::Error(bad.why)),
        };
        match reply {
            Some(reply) => send(socket, limits, &reply).await?,
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
    let scope = CancelScope::new().deadline(limits.request);
    let asks = scope.handle();
    // The end of the server is no reason to give up what has been asked for before.
    let executing = scope.run(execute(store, request)).shielded();
    let (mut reply, mut gone) = (Ok(None), false);
    merge! {
        on_exit: drop;
        executed in once(executing) => {
            reply = executed.map(|reply| (!gone).then_some(reply));
            break;
        },
        once(hung_up(socket)) => {
            gone = true;
            asks.cancel("the client has gone");
        },
    }
    .await;
    reply
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
    decoder: &mut Decoder,
) -> io::Result<Option<Result<Request, Bad>>> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(next) = decoder.decode() {
            return Ok(Some(next));
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
