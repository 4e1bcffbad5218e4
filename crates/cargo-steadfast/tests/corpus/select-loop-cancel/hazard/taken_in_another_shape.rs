pub struct Publisher {
    queue: VecDeque<Item>,
    sink: Sink,
}

impl Publisher {
    async fn publish(&mut self) {
        let item = Some(self.queue.pop_front());
        self.sink.put(item).await;
    }

    async fn publish_boxed(&mut self) -> Option<()> {
        let item = Box::new(self.queue.pop_front()?);
        self.sink.put(item).await;
        Some(())
    }

    async fn publish_all(&mut self) {
        let items = Vec::from_iter(self.queue.drain(..));
        self.sink.put_all(items).await;
    }

    async fn publish_read(&mut self) -> Option<()> {
        let item = read(self.queue.pop_front()?);
        self.sink.put(item).await;
        Some(())
    }

    async fn publish_by_path(&mut self) {
        Sink::put(self.queue.pop_front()).await;
    }
}

pub async fn run(mut publisher: Publisher, mut commands: Receiver<Command>) {
    loop {
        tokio::select! {
            _ = publisher.publish() => {} //~ select-loop-cancel
            _ = publisher.publish_boxed() => {} //~ select-loop-cancel
            _ = publisher.publish_all() => {} //~ select-loop-cancel
            _ = publisher.publish_read() => {} //~ select-loop-cancel
            _ = publisher.publish_by_path() => {} //~ select-loop-cancel
            Some(command) = commands.recv() => apply(command),
        }
    }
}
