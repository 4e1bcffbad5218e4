pub struct Inbox {
    rx: tokio::sync::mpsc::Receiver<Event>,
    log: Log,
}

impl Inbox {
    async fn next_event(&mut self) -> Option<Event> {
        let event = self.rx.recv().await?;
        self.log.append(&event).await;
        Some(event)
    }

    pub async fn run(mut self, mut tick: Interval) {
        loop {
            tokio::select! {
                event = self.next_event() => self.apply(event), //~ select-loop-cancel
                _ = tick.tick() => self.report(),
            }
        }
    }
}
