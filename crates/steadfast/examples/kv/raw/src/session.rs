//! Who is connected is noted in the database, from the first request to the last.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use kv_shared::{Op, Store};

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

/// However the connection ends, also by an error or a panic.
impl<S: Store> Drop for Session<S> {
    fn drop(&mut self) {
        let (store, id) = (Arc::clone(&self.store), self.id);
        tokio::spawn(async move {
            if let Err(error) = store.run(Op::Close, move |db| db.close_session(id)).await {
                eprintln!("session {id} stays open: {error}");
            }
        });
    }
}
