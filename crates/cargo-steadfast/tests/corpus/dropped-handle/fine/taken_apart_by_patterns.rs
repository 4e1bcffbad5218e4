use tokio::{sync::mpsc, task::JoinHandle};

pub struct Worker {
    tx: mpsc::Sender<Job>,
    task: JoinHandle<()>,
}

fn start() -> (mpsc::Sender<Job>, JoinHandle<()>) {
    let (tx, rx) = mpsc::channel(8);
    (tx, tokio::spawn(work(rx)))
}

async fn connect() -> Result<(mpsc::Sender<Job>, JoinHandle<()>), Error> {
    let (tx, rx) = mpsc::channel(8);
    let peer = Peer::open().await?;
    let driver = tokio::spawn(peer.drive(rx));
    Ok((tx, driver))
}

pub async fn awaited_in_an_arm(job: Job) {
    match connect().await {
        Ok((tx, driver)) => {
            send(tx, job).await;
            let _ = driver.await;
        }
        Err(error) => log(error),
    }
}

pub async fn aborted_in_a_condition(job: Job) {
    if let Ok((tx, driver)) = connect().await {
        send(tx, job).await;
        driver.abort();
    }
}

pub async fn kept_by_an_arm() -> Option<Worker> {
    match connect().await {
        Ok((tx, task)) => Some(Worker { tx, task }),
        _ => None,
    }
}

pub async fn passed_on_by_an_arm(job: Job) {
    let (tx, task) = match connect().await {
        Ok(pair) => pair,
        Err(_) => return,
    };
    send(tx, job).await;
    let _ = task.await;
}

pub fn given_away_whole(pool: &mut Pool) {
    match start() {
        (tx, task) => pool.add(tx, task),
    }
}

impl Worker {
    pub async fn stop(self) {
        drop(self.tx);
        let _ = self.task.await;
    }
}
