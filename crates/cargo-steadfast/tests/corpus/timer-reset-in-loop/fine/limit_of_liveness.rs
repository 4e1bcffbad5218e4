use tokio::time::timeout;

pub async fn data(ws: &mut WebSocketStream) -> Result<Frame, Error> {
    loop {
        let frame = timeout(HEARTBEAT_TIMEOUT, ws.next()).await?;
        if frame.is_data() {
            return Ok(frame);
        }
    }
}

pub async fn text(ws: &mut WebSocketStream, config: &Config) -> Result<Frame, Error> {
    loop {
        let frame = timeout(config.ping_timeout, ws.next()).await?;
        if frame.is_text() {
            return Ok(frame);
        }
    }
}

pub async fn answer(rx: &mut mpsc::Receiver<Message>, id: u64) -> Result<Message, Error> {
    loop {
        match timeout(limits::no_data(), rx.recv()).await {
            Ok(Some(message)) if message.id == id => return Ok(message),
            Ok(_) => continue,
            Err(_) => return Err(Error::Dead),
        }
    }
}
