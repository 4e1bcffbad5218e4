use tokio::sync::mpsc;

pub async fn scan(roots: Vec<PathBuf>) -> usize {
    let (tx, mut rx) = mpsc::channel(32);
    for root in roots {
        let tx = tx.clone();
        tokio::spawn(async move {
            for entry in walk(root) {
                let _ = tx.send(entry).await;
            }
        });
    }
    drop(tx);
    let mut count = 0;
    while rx.recv().await.is_some() {
        count += 1;
    }
    count
}
