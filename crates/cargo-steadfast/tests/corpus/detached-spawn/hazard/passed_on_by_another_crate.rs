use portable_runtime::task;

pub async fn tunnel(io: Io) -> Sender {
    let (sender, connection) = handshake(io).await;
    task::spawn(async move { //~ detached-spawn
        if let Err(error) = connection.await {
            log(error);
        }
    });
    sender
}
