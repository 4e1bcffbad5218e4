use tokio::{
    sync::{Mutex, mpsc},
    time::timeout,
};

pub async fn count(m: &Mutex<Counter>, tx: mpsc::Sender<Event>) -> Result<(), Error> {
    match timeout(LIMIT, m.lock()).await {
        Ok(mut counter) => counter.n += 1,
        Err(_) => tx.send(Event::Slow).await?,
    }
    Ok(())
}

pub async fn tell(m: &Mutex<Vec<u32>>, tx: mpsc::Sender<usize>) -> Result<(), Error> {
    if let Ok(all) = timeout(LIMIT, m.lock()).await {
        let n = all.len();
        drop(all);
        tx.send(n).await?;
    }
    Ok(())
}

pub async fn tell_or_skip(m: &Mutex<Vec<u32>>, tx: mpsc::Sender<usize>) -> Result<(), Error> {
    if let Ok(mut all) = m.try_lock() {
        all.clear();
    } else {
        tx.send(0).await?;
    }
    Ok(())
}

pub async fn tell_in_an_arm(m: &Mutex<Vec<u32>>, tx: mpsc::Sender<usize>) -> Result<(), Error> {
    match m.try_lock() {
        Ok(all) => {
            let n = all.len();
            drop(all);
            tx.send(n).await?;
        }
        _ => tx.send(0).await?,
    }
    Ok(())
}

pub async fn tell_each_time(m: &Mutex<Vec<u32>>, tx: mpsc::Sender<u32>) -> Result<(), Error> {
    while let Ok(mut all) = m.try_lock() {
        let Some(next) = all.pop() else {
            break;
        };
        drop(all);
        tx.send(next).await?;
    }
    Ok(())
}
