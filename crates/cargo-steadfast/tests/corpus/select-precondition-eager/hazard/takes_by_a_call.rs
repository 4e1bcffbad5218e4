pub async fn run(mut batch: Vec<Item>, mut queue: Vec<Job>, mut bytes: BytesMut, mut rx: Receiver<Item>, sink: Sink) {
    loop {
        tokio::select! {
            Some(item) = rx.recv() => batch.push(item),
            _ = sink.store(std::mem::take(&mut batch)), if batch.len() > LIMIT => {} //~ select-precondition-eager
            _ = sink.run(queue.remove(0)), if !queue.is_empty() => {} //~ select-precondition-eager
            _ = sink.store(batch.drain(..).collect()), if batch.len() > LIMIT => {} //~ select-precondition-eager
            _ = sink.write(bytes.split_to(HEAD)), if bytes.len() > HEAD => {} //~ select-precondition-eager
        }
    }
}
