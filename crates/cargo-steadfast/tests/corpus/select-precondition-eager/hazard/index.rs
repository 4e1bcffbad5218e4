pub async fn run(mut streams: Vec<Stream>, mut rx: Receiver<Stream>) {
    loop {
        tokio::select! {
            item = streams[0].next(), if !streams.is_empty() => handle(item), //~ select-precondition-eager
            Some(stream) = rx.recv() => streams.push(stream),
        }
    }
}
