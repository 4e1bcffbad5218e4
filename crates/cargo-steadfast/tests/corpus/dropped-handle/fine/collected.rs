pub async fn all(jobs: Vec<Job>) -> Vec<Output> {
    let mut handles = Vec::new();
    for job in jobs {
        handles.push(tokio::spawn(job.run()));
    }
    let mut outputs = Vec::new();
    for handle in handles {
        outputs.push(handle.await.unwrap());
    }
    outputs
}
