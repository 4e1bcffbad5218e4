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

pub async fn ignored(job: Job) {
    let (tx, _) = start(); //~ dropped-handle
    let _ = tx.send(job).await;
}

pub async fn named(job: Job) {
    let (tx, _worker) = start(); //~ dropped-handle
    let _ = tx.send(job).await;
}

pub async fn rest(job: Job) {
    let (tx, ..) = start(); //~ dropped-handle
    let _ = tx.send(job).await;
}

pub async fn other_part(job: Job) {
    let _ = start().0.send(job).await; //~ dropped-handle
}

pub async fn never_asked(job: Job) {
    let worker = start(); //~ dropped-handle
    let _ = worker.0.send(job).await;
}

pub async fn left_early(job: Job) -> Result<(), Error> {
    let (tx, driver) = connect().await?; //~ dropped-handle
    tx.send(job).await?;
    driver.await?;
    Ok(())
}

pub async fn or_nothing(job: Job) {
    let Ok((tx, _)) = connect().await else { //~ dropped-handle
        return;
    };
    let _ = tx.send(job).await;
}
