//! The server: takes connections until it is to end.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use async_io::Async;
use async_lock::Semaphore;
use kv_shared::{Limits, Op, Store, Summary, Tally};
use steadfast::{FutureExt, Nursery, sleep};

use crate::connection;

/// Serves clients until `shutdown` is ready; tells what became of them.
pub async fn serve<S: Store>(
    listener: Async<TcpListener>,
    store: Arc<S>,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Summary> {
    let tally = Arc::new(Tally::default());
    let places = Arc::new(Semaphore::new(limits.connections));
    let server = Nursery::builder()
        .name("server")
        .grace(limits.drain)
        .try_run(async |n| {
            let all = n.clone();
            n.named("shutdown").spawn_until_cancelled(async move {
                shutdown.await;
                all.cancel("the server is to end");
            });
            n.named("checkpoints")
                .spawn_background(checkpoints(Arc::clone(&store), limits.checkpoint));
            loop {
                let accepted = async {
                    let place = places.acquire_arc().await;
                    let (socket, peer) = listener.accept().await?;
                    io::Result::Ok((socket, peer, place))
                };
                let Ok(accepted) = accepted.or_cancelled().await else {
                    return Ok(());
                };
                let (socket, peer, place) = accepted?;
                let (store, tally) = (Arc::clone(&store), Arc::clone(&tally));
                n.spawn(async move {
                    let one = Nursery::builder().name(peer.to_string()).collect_panics();
                    let ended =
                        one.try_run(async |_| connection::serve(socket, peer, store, limits).await);
                    tally.ended(ended.await.map_err(|error| format!("{peer}: {error}")));
                    drop(place);
                });
            }
        });
    let ended = server.await;
    ended.map_err(|error| error.into_error().unwrap_or_else(io::Error::other))?;
    Ok(tally.summary())
}

async fn checkpoints<S: Store>(store: Arc<S>, every: Duration) {
    while sleep(every).or_cancelled().await.is_ok() {
        if let Err(error) = store.run(Op::Checkpoint, |db| db.checkpoint()).await {
            eprintln!("no checkpoint: {error}");
        }
    }
}
