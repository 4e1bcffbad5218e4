use tokio::{
    sync::{Mutex, mpsc},
    time::timeout,
};

pub async fn count(m: &Mutex<Counter>, tx: mpsc::Sender<Event>) -> Result<(), Error> {
    match timeout(LIMIT, m.lock()).await { //~ lock-across-await
        Ok(mut counter) => {
            tx.send(Event::Count(counter.n)).await?;
            counter.n += 1;
        }
        Err(_) => log("slow"),
    }
    Ok(())
}

pub async fn tell_in_an_arm(m: &Mutex<Vec<u32>>, tx: mpsc::Sender<usize>) -> Result<(), Error> {
    match m.try_lock() { //~ lock-across-await
        Ok(all) => tx.send(all.len()).await?,
        Err(_) => {}
    }
    Ok(())
}

pub async fn not_named(m: &Mutex<Vec<u32>>, tx: mpsc::Sender<usize>) -> Result<(), Error> {
    match m.try_lock() { //~ lock-across-await
        Ok(_) => tx.send(1).await?,
        Err(_) => {}
    }
    Ok(())
}

pub async fn whole(m: &Mutex<State>, tx: mpsc::Sender<usize>) -> Result<(), Error> {
    match m.lock().await { //~ lock-across-await
        state => tx.send(state.len()).await?,
    }
    Ok(())
}

pub async fn tell_each_time(m: &Mutex<Vec<u32>>, tx: mpsc::Sender<u32>) -> Result<(), Error> {
    while let Ok(mut all) = m.try_lock() { //~ lock-across-await
        let Some(next) = all.pop() else {
            break;
        };
        tx.send(next).await?;
        drop(all);
    }
    Ok(())
}

pub async fn taken_under_a_condition(m: &Mutex<Vec<u32>>, tx: mpsc::Sender<usize>) -> Result<(), Error> {
    match m.try_lock() { //~ lock-across-await
        Ok(mut all) if all.len() > 100 => all.clear(),
        _ => tx.send(1).await?,
    }
    Ok(())
}
