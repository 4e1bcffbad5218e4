use tokio::time::timeout;

pub async fn answer(rx: &mut mpsc::Receiver<Message>, id: u64) -> Result<Message, Error> {
    loop {
        match timeout(LIMIT, rx.recv()).await { //~ timer-reset-in-loop
            Ok(Some(message)) if message.id == id => return Ok(message),
            Ok(_) => continue,
            Err(_) => return Err(Error::Timeout),
        }
    }
}

pub async fn pong(stream: &mut WebSocketStream) -> Result<(), Error> {
    loop {
        let message = timeout(LIMIT, stream.next()).await?; //~ timer-reset-in-loop
        if message.is_pong() {
            return Ok(());
        }
    }
}

pub async fn shipped(rx: &mut mpsc::Receiver<Message>, id: u64) -> Result<Message, Error> {
    loop {
        match timeout(SHIPPING_LIMIT, rx.recv()).await { //~ timer-reset-in-loop
            Ok(Some(message)) if message.id == id => return Ok(message),
            Ok(_) => continue,
            Err(_) => return Err(Error::Timeout),
        }
    }
}
