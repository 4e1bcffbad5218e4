use tokio::{sync::mpsc, task::JoinHandle};

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

pub async fn left_out_in_an_arm(job: Job) {
    match connect().await { //~ dropped-handle
        Ok((tx, _)) => send(tx, job).await,
        Err(error) => log(error),
    }
}

pub async fn left_out_in_a_condition(job: Job) {
    if let Ok((tx, ..)) = connect().await { //~ dropped-handle
        send(tx, job).await;
    }
}

pub async fn never_asked_in_an_arm(job: Job) {
    match start() { //~ dropped-handle
        (tx, _worker) => {
            send(tx, job).await;
        }
    }
}

pub async fn left_early_in_an_arm(job: Job) -> Result<(), Error> {
    match connect().await { //~ dropped-handle
        Ok((tx, driver)) => {
            tx.send(job).await?;
            driver.await?;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

pub async fn only_the_failure_counts() {
    if let Err(error) = connect().await { //~ dropped-handle
        log(error);
    }
}
