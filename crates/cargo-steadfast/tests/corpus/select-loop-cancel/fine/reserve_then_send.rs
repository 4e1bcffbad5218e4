pub async fn forward(tx: Sender<Event>, mut queue: Queue, mut source: Source) {
    loop {
        tokio::select! {
            Ok(permit) = tx.reserve(), if !queue.is_empty() => permit.send(queue.pop()),
            Some(event) = source.recv() => queue.push(event),
        }
    }
}
