pub async fn all(jobs: Vec<Job>) -> Result<(), Error> {
    let mut tasks = Vec::new();
    for job in jobs {
        tasks.push(tokio::spawn(job.run())); //~ dropped-handle
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

pub async fn all_mapped(jobs: Vec<Job>) -> Result<Vec<Output>, Error> {
    let tasks: Vec<_> = jobs.into_iter().map(|job| tokio::spawn(job.run())).collect(); //~ dropped-handle
    let mut outputs = Vec::new();
    for task in tasks {
        match task.await {
            Ok(output) => outputs.push(output),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(outputs)
}

pub async fn pushed_by_name(jobs: Vec<Job>) {
    let mut tasks = Vec::new();
    for job in jobs {
        let task = tokio::spawn(job.run()); //~ dropped-handle
        tasks.push(task);
    }
    tracing::info!("{} are running", tasks.len());
}
