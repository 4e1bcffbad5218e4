pub struct Publisher {
    batch: Vec<Item>,
    queue: VecDeque<Item>,
    sink: Sink,
    ready: Notify,
}

impl Publisher {
    async fn flush(&mut self) -> Result<(), Error> {
        self.ready.notified().await;
        let batch = std::mem::take(&mut self.batch);
        self.sink.store_now(batch)
    }

    async fn publish(&mut self) {
        while let Some(item) = self.queue.front() {
            self.sink.put(item).await;
            self.queue.pop_front();
        }
    }

    async fn next(&mut self) -> Item {
        loop {
            if let Some(item) = self.queue.pop_front() {
                return item;
            }
            self.ready.notified().await;
        }
    }

    async fn count(&mut self) {
        let mut own = vec![self.sink.len()];
        while let Some(length) = own.pop() {
            self.sink.note(length).await;
        }
    }
}

pub async fn run(mut publisher: Publisher, mut commands: Receiver<Command>) {
    loop {
        tokio::select! {
            _ = publisher.flush() => {}
            _ = publisher.publish() => {}
            item = publisher.next() => take(item),
            _ = publisher.count() => {}
            Some(command) = commands.recv() => apply(command),
        }
    }
}
