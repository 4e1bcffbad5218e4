//! The server: takes connections until it is to end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use kv_shared::{Limits, Op, Store, Summary, Tally};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::connection;

/// Serves clients until `shutdown` is ready; tells what became of them.
pub async fn serve<S: Store>(
    listener: TcpListener,
    store: Arc<S>,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Summary> {
    let tally = Arc::new(Tally::default());
    let places = Arc::new(Semaphore::new(limits.connections));
    let stop = CancellationToken::new();
    tokio::spawn(checkpoints(Arc::clone(&store), limits.checkpoint));
    let mut shutdown = pin!(shutdown);
    loop {
        let (socket, peer, place) = tokio::select! {
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                let (socket, peer) = listener.accept().await?;
                io::Result::Ok((socket, peer, place))
            } => accepted?,
            () = &mut shutdown => break,
        };
        let (store, stop, tally) = (Arc::clone(&store), stop.clone(), Arc::clone(&tally));
        tokio::spawn(async move {
            let ended = connection::serve(socket, peer, store, limits, stop).await;
            tally.ended(ended.map_err(|error| format!("{peer}: {error}")));
            drop(place);
        });
    }
    stop.cancel();
    Ok(tally.summary())
}

async fn checkpoints<S: Store>(store: Arc<S>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        if let Err(error) = store.run(Op::Checkpoint, |db| db.checkpoint()).await {
            eprintln!("no checkpoint: {error}");
        }
    }
}
