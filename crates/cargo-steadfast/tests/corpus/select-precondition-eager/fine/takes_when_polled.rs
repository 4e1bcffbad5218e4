use std::mem::take;

pub async fn run(mut batch: Vec<Item>, mut store: Store, mut rx: Receiver<Item>, sink: Sink, deadline: Instant) {
    loop {
        tokio::select! {
            Some(item) = rx.recv() => batch.push(item),
            _ = async { sink.store(take(&mut batch)).await }, if batch.len() > LIMIT => {} //~ select-loop-cancel
            _ = store.remove(KEY), if store.is_open() => {}
            _ = sink.run({
                let mut jobs = batch.clone();
                jobs.remove(0)
            }), if !batch.is_empty() => {}
            _ = tokio::time::sleep(deadline - Instant::now()), if deadline > Instant::now() => return,
        }
    }
}
