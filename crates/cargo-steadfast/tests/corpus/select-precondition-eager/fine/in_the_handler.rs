pub async fn run(mut queue: VecDeque<Job>, slots: Semaphore, mut rx: Receiver<Job>) {
    loop {
        tokio::select! {
            _ = slots.acquire(), if !queue.is_empty() => start(queue.pop_front().unwrap()),
            Some(job) = rx.recv() => queue.push_back(job),
        }
    }
}
