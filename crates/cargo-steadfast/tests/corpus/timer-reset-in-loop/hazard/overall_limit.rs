use tokio::time::sleep;

pub async fn wait_for_leader(mut events: Receiver<Event>) -> Result<Node, Error> {
    loop {
        tokio::select! {
            event = events.recv() => {
                if let Some(Event::Elected(node)) = event {
                    return Ok(node);
                }
            }
            _ = sleep(ELECTION_TIMEOUT) => return Err(Error::NoLeader), //~ timer-reset-in-loop
        }
    }
}
