use futures::future::{join_all, select_all};

pub async fn pair(a: A, b: B) -> Result<(), Error> {
    let a = tokio::spawn(a.run());
    let b = tokio::spawn(b.run());
    let (a, b) = tokio::join!(a, b);
    a??;
    b??;
    Ok(())
}

pub async fn all(jobs: Vec<Job>) -> Result<(), Error> {
    let tasks: Vec<_> = jobs.into_iter().map(|job| tokio::spawn(job.run())).collect();
    for result in join_all(tasks).await {
        result??;
    }
    Ok(())
}

pub async fn first_error_at_the_end(jobs: Vec<Job>) -> Result<(), Error> {
    let mut tasks = Vec::new();
    for job in jobs {
        let task = tokio::spawn(job.run());
        tasks.push(task);
    }
    let mut failed = None;
    for task in tasks {
        if let Err(error) = task.await {
            failed = failed.or(Some(error));
        }
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}

pub async fn one_by_one(jobs: Vec<Job>) {
    let mut tasks: Vec<_> = jobs.into_iter().map(|job| tokio::spawn(job.run())).collect();
    while !tasks.is_empty() {
        let (done, _, rest) = select_all(tasks).await;
        note(done);
        tasks = rest;
    }
}

pub async fn by_reference(a: A, b: B) -> Result<(), Error> {
    let mut a = tokio::spawn(a.run());
    let mut b = tokio::spawn(b.run());
    let both = tokio::try_join!(&mut a, &mut b);
    a.abort();
    b.abort();
    both?;
    Ok(())
}
