use steadfast::merge;
use tokio::sync::mpsc;

async fn run(mut messages: mpsc::Receiver<u32>) {
    merge! {
        message in messages.recv() => println!("{message:?}"),
    }
    .await;
}

fn main() {
    drop(run(mpsc::channel(1).1));
}
