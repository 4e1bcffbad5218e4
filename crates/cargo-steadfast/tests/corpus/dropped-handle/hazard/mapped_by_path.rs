pub fn start(jobs: Vec<Job>) {
    let tasks: Vec<_> = jobs.into_iter().map(Job::run).map(tokio::spawn).collect(); //~ dropped-handle
    tracing::info!("{} are running", tasks.len());
}
