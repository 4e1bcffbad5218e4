pub async fn shutdown(mut workers: JoinSet<()>) {
    workers.abort_all();
    while workers.join_next().await.is_some() {}
}
