use futures::future::{select_all, try_join_all};

pub async fn pair(a: A, b: B) -> Result<(), Error> {
    let a = tokio::spawn(a.run()); //~ dropped-handle
    let b = tokio::spawn(b.run()); //~ dropped-handle
    tokio::try_join!(a, b)?;
    Ok(())
}

pub async fn in_place(a: A, b: B) -> Result<(), Error> {
    tokio::try_join!(tokio::spawn(a.run()), tokio::spawn(b.run()))?; //~ dropped-handle
    Ok(())
}

pub async fn all(jobs: Vec<Job>) -> Result<Vec<Output>, Error> {
    let tasks: Vec<_> = jobs.into_iter().map(|job| tokio::spawn(job.run())).collect(); //~ dropped-handle
    Ok(try_join_all(tasks).await?)
}

pub async fn all_pushed(jobs: Vec<Job>) -> Result<Vec<Output>, Error> {
    let mut tasks = Vec::new();
    for job in jobs {
        tasks.push(tokio::spawn(job.run())); //~ dropped-handle
    }
    Ok(try_join_all(tasks).await?)
}

pub async fn first(jobs: Vec<Job>) -> Output {
    let tasks: Vec<_> = jobs.into_iter().map(|job| tokio::spawn(job.run())).collect(); //~ dropped-handle
    let (first, _, _) = select_all(tasks).await;
    first.unwrap()
}
