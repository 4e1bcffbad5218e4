use tokio::task::JoinHandle;

pub async fn serve_the_last(mut rx: Receiver<Connection>) {
    let mut current: Option<JoinHandle<()>> = None;
    while let Some(connection) = rx.recv().await {
        if let Some(last) = current.take() {
            last.abort();
            let _ = last.await;
        }
        current = Some(tokio::spawn(serve(connection)));
    }
    if let Some(current) = current {
        let _ = current.await;
    }
}

pub async fn serve_one_at_a_time(mut rx: Receiver<Connection>) {
    let mut current: Option<JoinHandle<()>> = None;
    while let Some(connection) = rx.recv().await {
        if current.as_ref().is_some_and(|task| !task.is_finished()) {
            continue;
        }
        current = Some(tokio::spawn(serve(connection)));
    }
    if let Some(current) = current {
        let _ = current.await;
    }
}

pub async fn serve_the_first(mut rx: Receiver<Connection>) {
    let mut current = None;
    while let Some(connection) = rx.recv().await {
        if connection.is_wanted() {
            current = Some(tokio::spawn(serve(connection)));
            break;
        }
    }
    if let Some(current) = current {
        let _ = current.await;
    }
}

pub async fn start_once(mut rx: Receiver<Connection>) {
    let mut state = State::New;
    let mut driver = None;
    while let Some(connection) = rx.recv().await {
        if state == State::New {
            driver = Some(tokio::spawn(drive(connection)));
            state = State::Running;
        }
    }
    if let Some(driver) = driver {
        let _ = driver.await;
    }
}
