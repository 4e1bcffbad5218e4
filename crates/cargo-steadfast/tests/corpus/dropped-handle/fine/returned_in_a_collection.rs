use tokio::task::JoinHandle;

pub fn start(jobs: Vec<Job>) -> Vec<JoinHandle<()>> {
    let mut tasks = Vec::new();
    for job in jobs {
        let task = tokio::spawn(job.run());
        tasks.push(task);
    }
    tasks
}

pub fn start_at_once(jobs: Vec<Job>) -> Vec<JoinHandle<()>> {
    let mut tasks = Vec::new();
    for job in jobs {
        tasks.push(tokio::spawn(job.run()));
    }
    tasks
}

pub async fn start_some(jobs: Vec<Job>, wanted: bool) -> Vec<JoinHandle<()>> {
    let mut tasks = Vec::new();
    for job in jobs {
        tasks.push(tokio::spawn(job.run()));
    }
    if wanted {
        tasks
    } else {
        futures::future::join_all(tasks).await;
        Vec::new()
    }
}

pub fn start_in_mode(jobs: Vec<Job>, mode: Mode) -> Vec<JoinHandle<()>> {
    let mut tasks = Vec::new();
    for job in jobs {
        let task = tokio::spawn(job.run());
        tasks.push(task);
    }
    match mode {
        Mode::Plain => tasks,
        Mode::Unknown => unreachable!(),
    }
}

pub fn start_if_any(jobs: Vec<Job>) -> Vec<JoinHandle<()>> {
    let mut tasks = Vec::new();
    for job in jobs {
        tasks.push(tokio::spawn(job.run()));
    }
    if tasks.is_empty() {
        Vec::new()
    } else {
        tasks
    }
}
