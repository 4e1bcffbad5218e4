pub async fn run(jobs: Vec<Job>) {
    futures::future::join_all(jobs.into_iter().map(Job::run).map(tokio::spawn)).await;
}

pub async fn run_one_by_one(jobs: Vec<Job>) {
    let tasks: Vec<_> = jobs.into_iter().map(Job::run).map(tokio::spawn).collect();
    for task in tasks {
        let _ = task.await;
    }
}
