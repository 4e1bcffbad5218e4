pub async fn run(mut a: Receiver<A>, mut b: Receiver<B>, stop: CancellationToken) {
    loop {
        tokio::select! {
            Some(a) = a.recv() => handle(a),
            _ = async {
                match b.recv().await {
                    Some(b) => note(b),
                    None => stop.cancelled().await,
                }
            } => {}
        }
    }
}
