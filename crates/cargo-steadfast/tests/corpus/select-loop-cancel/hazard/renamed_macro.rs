use tokio::{io::AsyncWriteExt, net::TcpStream, select as first_of, sync::mpsc};

pub async fn pump(mut peer: TcpStream, mut jobs: mpsc::Receiver<u32>, data: &[u8]) {
    loop {
        first_of! {
            written = peer.write_all(data) => { //~ select-loop-cancel
                if written.is_err() {
                    break;
                }
            }
            Some(job) = jobs.recv() => note(job),
        }
    }
}
