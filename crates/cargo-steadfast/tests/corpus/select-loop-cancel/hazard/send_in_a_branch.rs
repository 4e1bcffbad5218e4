use tokio::sync::mpsc;

pub async fn forward(tx: mpsc::Sender<Event>, mut source: Source, mut tick: Interval) {
    loop {
        let event = source.poll_event();
        tokio::select! {
            _ = tx.send(event) => {} //~ select-loop-cancel
            _ = tick.tick() => source.refresh(),
        }
    }
}
