pub async fn wait(mut events: Receiver<Event>, deadline: Instant) -> Result<Event, Error> {
    loop {
        tokio::select! {
            Some(event) = events.recv() => {
                if event.matters() {
                    return Ok(event);
                }
            }
            _ = tokio::time::sleep_until(deadline) => return Err(Error::TooLate),
        }
    }
}
