use futures::stream::FuturesUnordered;

pub async fn serve(mut rx: Receiver<Job>) {
    let mut running = FuturesUnordered::new();
    while let Some(job) = rx.recv().await {
        if running.len() >= 8 {
            running.next().await; //~ buffered-starvation
        }
        running.push(run(job));
    }
}
