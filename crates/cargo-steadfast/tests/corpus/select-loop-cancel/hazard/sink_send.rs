use futures::stream::SplitSink;

pub async fn run(mut sink: SplitSink<Socket, Message>, mut rx: Receiver<Message>, mut pings: Interval) {
    while let Some(message) = rx.recv().await {
        tokio::select! {
            result = sink.send(message) => drop(result), //~ select-loop-cancel
            _ = pings.tick() => tracing::debug!("tick"),
        }
    }
}
