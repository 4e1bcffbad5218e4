use tokio::sync::mpsc;

pub fn run(jobs: Jobs) {
    let (events, mut log) = mpsc::channel(8);
    tokio::spawn(async move { //~ detached-spawn
        while let Some(event) = log.recv().await {
            record(event);
        }
    });
    tokio::spawn(jobs.work(events)); //~ detached-spawn
}
