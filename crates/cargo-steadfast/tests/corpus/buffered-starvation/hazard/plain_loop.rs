use futures::stream::{FuturesOrdered, StreamExt};

pub async fn run(jobs: Vec<Job>, sink: &mut Sink) {
    let mut running = FuturesOrdered::new();
    running.extend(jobs.into_iter().map(Job::run));
    loop {
        let Some(output) = running.next().await else { break }; //~ buffered-starvation
        sink.write(output).await;
    }
}
