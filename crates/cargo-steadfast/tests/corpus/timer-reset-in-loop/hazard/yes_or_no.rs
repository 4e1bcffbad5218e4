use std::time::Duration;
use tokio::{sync::broadcast, time::sleep};

pub async fn is_up_in_time(mut events: broadcast::Receiver<Event>) -> bool {
    loop {
        tokio::select! {
            event = events.recv() => if event == Ok(Event::Up) { return true },
            () = sleep(Duration::from_secs(30)) => return false, //~ timer-reset-in-loop
        }
    }
}
