use tokio::sync::Mutex;

pub async fn goodbye(writer: &Mutex<Writer>, mut stop: Receiver<()>) {
    tokio::select! {
        mut writer = writer.lock() => { //~ lock-across-await
            writer.write_all(b"BYE").await;
        }
        _ = stop.recv() => {}
    }
}

pub async fn goodbye_at_once(writer: &Mutex<Writer>, mut stop: Receiver<()>) {
    tokio::select! {
        mut writer = writer.lock() => writer.write_all(b"BYE").await, //~ lock-across-await
        _ = stop.recv() => {}
    }
}
