pub async fn expect_ready(mut swarm: Swarm) {
    loop {
        tokio::select! {
            event = swarm.next_event() => {
                if event.is_ready() {
                    break Some(event);
                }
            }
            _ = tokio::time::sleep(std::time::Duration::from_secs(10)) => panic!("not ready in time"), //~ timer-reset-in-loop
        }
    };
}
