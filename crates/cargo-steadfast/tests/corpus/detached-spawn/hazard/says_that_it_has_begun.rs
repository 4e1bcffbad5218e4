use tokio::sync::oneshot;

pub async fn listen(address: Address) -> Address {
    let (bound, is_bound) = oneshot::channel();
    tokio::spawn(async move { //~ detached-spawn
        let listener = Listener::bind(address).await;
        let _ = bound.send(listener.address());
        listener.serve().await;
    });
    is_bound.await.expect("it binds")
}
