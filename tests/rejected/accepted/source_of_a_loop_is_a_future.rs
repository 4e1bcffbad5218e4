use steadfast::{flow::once, merge};
use tokio::sync::mpsc;

async fn run(mut messages: mpsc::Receiver<u32>) {
    merge! {
        message in once(messages.recv()) => println!("{message:?}"),
    }
    .await;
}

fn main() {
    drop(run(mpsc::channel(1).1));
}
