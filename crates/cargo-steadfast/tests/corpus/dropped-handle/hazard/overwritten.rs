pub async fn follow(mut paths: tokio::sync::mpsc::Receiver<String>) {
    let mut watcher = tokio::spawn(watch("/".to_owned())); //~ dropped-handle
    while let Some(path) = paths.recv().await {
        watcher = tokio::spawn(watch(path)); //~ dropped-handle
    }
    watcher.await.unwrap();
}
