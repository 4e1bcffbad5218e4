pub async fn run(mut queue: VecDeque<Job>, mut rx: Receiver<Job>, slots: Slots) {
    loop {
        tokio::select! {
            _ = run_job(queue.pop_front()), if slots.are_free() => {} //~ select-precondition-eager
            Some(job) = rx.recv() => queue.push_back(job),
        }
    }
}
