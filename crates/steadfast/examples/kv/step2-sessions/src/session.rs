//! Who is connected is noted in the database, from the first request to the last.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use kv_shared::{Op, Store};
use steadfast::AsyncDrop;

/// A client that has come and not gone.
pub(crate) struct Session<S: Store> {
    store: Arc<S>,
    id: i64,
}

impl<S: Store> Session<S> {
    pub(crate) async fn open(store: &Arc<S>, peer: SocketAddr) -> io::Result<Self> {
        let store = Arc::clone(store);
        let id = store
            .run(Op::Open, move |db| db.open_session(&peer.to_string()))
            .await?;
        Ok(Self { store, id })
    }
}

/// However the connection ends, also by an error or a panic: before its task has ended.
impl<S: Store> AsyncDrop for Session<S> {
    async fn async_drop(self: Pin<&mut Self>) {
        let id = self.id;
        let closed = self.store.run(Op::Close, move |db| db.close_session(id));
        if let Err(error) = closed.await {
            eprintln!("session {id} stays open: {error}");
        }
    }
}
