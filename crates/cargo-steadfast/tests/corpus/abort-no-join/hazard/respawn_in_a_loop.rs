pub async fn follow(mut configs: watch::Receiver<Config>) {
    let mut task = tokio::spawn(serve(configs.borrow().clone()));
    while configs.changed().await.is_ok() {
        task.abort(); //~ abort-no-join
        task = tokio::spawn(serve(configs.borrow().clone()));
    }
    let _ = task.await;
}
