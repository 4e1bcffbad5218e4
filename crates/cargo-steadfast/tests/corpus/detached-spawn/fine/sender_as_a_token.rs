use tokio::sync::mpsc;

pub struct Connection {
    stream: Stream,
    done: mpsc::Sender<()>,
}

pub fn serve(connection: Connection) {
    let Connection { stream, done } = connection;
    tokio::spawn(async move {
        stream.serve().await;
        drop(done);
    });
}
