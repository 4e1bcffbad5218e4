// A loop runs where it stands: its messages are sent only when it has ended.

use steadfast::{join, merge};
use tokio::sync::mpsc;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let (sender, mut receiver) = mpsc::channel(1);
    let feed = async move {
        for n in 0..4 {
            sender.send(n).await.unwrap();
        }
    };
    let mut sum = 0;
    let ((), ()) = join!(
        merge! {
            n in repeated(|| receiver.recv()) => match n {
                Some(n) => sum += n,
                None => break,
            },
        },
        feed
    )
    .await;
    assert_eq!(sum, 6);
}
