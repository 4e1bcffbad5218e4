use futures::{FutureExt, StreamExt};
use std::time::Duration;

pub async fn gather(mut items: futures::channel::mpsc::Receiver<u32>) {
    loop {
        futures::select! {
            item = items.next() => keep(item),
            _ = FutureExt::fuse(smol::Timer::after(Duration::from_secs(1))) => save().await, //~ timer-reset-in-loop
        }
    }
}
