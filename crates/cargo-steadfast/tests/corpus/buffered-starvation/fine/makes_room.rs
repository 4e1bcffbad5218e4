use futures::stream::FuturesUnordered;

pub async fn serve(jobs: Vec<Job>) {
    let mut running = FuturesUnordered::new();
    for job in jobs {
        if running.len() >= 8 {
            running.next().await;
        }
        running.push(run(job));
    }
    while running.next().await.is_some() {}
}

pub async fn serve_tasks(mut rx: Receiver<Job>) {
    let mut running = FuturesUnordered::new();
    while let Some(job) = rx.recv().await {
        if running.len() >= 8 {
            running.next().await;
        }
        running.push(tokio::spawn(run(job)));
    }
    while running.next().await.is_some() {}
}
