pub async fn run(mut queue: DelayQueue, mut commands: Receiver<Command>) {
    loop {
        let wait = queue.next_due() - Instant::now();
        tokio::select! {
            Some(command) = commands.recv() => queue.apply(command),
            _ = tokio::time::sleep(wait) => queue.fire(),
        }
    }
}
