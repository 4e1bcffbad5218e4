pub async fn janitor(cache: Cache, mut inserts: Receiver<Key>) {
    while !cache.is_closed() {
        tokio::select! {
            Some(key) = inserts.recv() => cache.touch(key),
            () = tokio::time::sleep(std::time::Duration::from_secs(60)) => { //~ timer-reset-in-loop
                cache.evict_expired();
            }
        }
    }
}
