pub struct Feed {
    rx: Receiver<Event>,
}

impl Feed {
    async fn next_important(&mut self) -> Option<Event> {
        loop {
            let event = self.rx.recv().await?;
            if event.is_important() {
                return Some(event);
            }
        }
    }

    pub async fn run(mut self, mut tick: Interval) {
        loop {
            tokio::select! {
                event = self.next_important() => handle(event),
                _ = tick.tick() => self.report(),
            }
        }
    }
}
