pub struct Publisher {
    batch: Vec<Item>,
    queue: VecDeque<Item>,
    sink: Sink,
}

impl Publisher {
    async fn flush(&mut self) -> Result<(), Error> {
        let batch = std::mem::take(&mut self.batch);
        self.sink.store(batch).await
    }

    async fn flush_in_place(&mut self) -> Result<(), Error> {
        self.sink.store(std::mem::take(&mut self.batch)).await
    }

    async fn publish(&mut self) {
        while let Some(item) = self.queue.pop_front() {
            self.sink.put(item).await;
        }
    }

    async fn publish_all(&mut self) {
        for item in self.batch.drain(..) {
            self.sink.put(item).await;
        }
    }
}

pub async fn run(mut publisher: Publisher, mut commands: Receiver<Command>) {
    loop {
        tokio::select! {
            _ = publisher.flush() => {} //~ select-loop-cancel
            _ = publisher.flush_in_place() => {} //~ select-loop-cancel
            _ = publisher.publish() => {} //~ select-loop-cancel
            _ = publisher.publish_all() => {} //~ select-loop-cancel
            Some(command) = commands.recv() => apply(command),
        }
    }
}

pub async fn run_inline(mut queue: VecDeque<Item>, sink: Sink, mut commands: Receiver<Item>) {
    loop {
        tokio::select! {
            _ = async { //~ select-loop-cancel
                if let Some(item) = queue.pop_front() {
                    sink.put(item).await;
                }
            } => {}
            Some(item) = commands.recv() => queue.push_back(item),
        }
    }
}
