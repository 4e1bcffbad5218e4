pub struct Worker {
    queue: SharedQueue,
    shelf: SharedQueue,
}

impl Worker {
    async fn next(&mut self) -> Job {
        self.queue.pop_front().await
    }

    async fn next_soon(&mut self) -> Option<Job> {
        tokio::time::timeout(LIMIT, self.shelf.pop_front()).await.ok()
    }
}

pub async fn run(mut worker: Worker, mut commands: Receiver<Command>) {
    loop {
        tokio::select! {
            job = worker.next() => apply(job),
            job = worker.next_soon() => apply(job),
            Some(command) = commands.recv() => apply(command),
        }
    }
}
