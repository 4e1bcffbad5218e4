use tokio::task::JoinHandle;

fn start_flusher(buffer: Buffer) -> JoinHandle<()> {
    tokio::spawn(async move { buffer.flush_forever().await })
}

pub fn open(buffer: Buffer) -> Buffer {
    start_flusher(buffer.clone()); //~ dropped-handle
    buffer
}
