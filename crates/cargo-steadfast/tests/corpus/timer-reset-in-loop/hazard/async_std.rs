use async_std::task;

pub async fn run(mut events: Events, mut stats: Stats) {
    loop {
        futures::select! {
            event = events.next().fuse() => stats.count(event),
            _ = task::sleep(PERIOD).fuse() => stats.print(), //~ timer-reset-in-loop
        }
    }
}
