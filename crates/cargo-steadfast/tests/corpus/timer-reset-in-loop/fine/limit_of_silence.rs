use tokio::time::timeout;

pub async fn body(chunks: &mut mpsc::Receiver<Bytes>) -> Result<Vec<Bytes>, Error> {
    let mut all = Vec::new();
    loop {
        match timeout(LIMIT, chunks.recv()).await {
            Ok(Some(chunk)) => all.push(chunk),
            Ok(None) => return Ok(all),
            Err(_) => return Err(Error::Timeout),
        }
    }
}

pub async fn fetch(client: &Client) -> Result<Page, Error> {
    loop {
        match timeout(LIMIT, client.get()).await {
            Ok(page) if page.is_ready() => return Ok(page),
            Ok(_) => continue,
            Err(_) => return Err(Error::Timeout),
        }
    }
}

pub async fn answer(rx: &mut mpsc::Receiver<Message>, id: u64, end: Instant) -> Result<Message, Error> {
    loop {
        match timeout(end - Instant::now(), rx.recv()).await {
            Ok(Some(message)) if message.id == id => return Ok(message),
            Ok(_) => continue,
            Err(_) => return Err(Error::Timeout),
        }
    }
}

pub async fn served(rx: &mut mpsc::Receiver<Message>) -> Result<(), Error> {
    loop {
        let message = timeout(LIMIT, rx.recv()).await?;
        if message.is_last() {
            return Ok(());
        }
        serve(message);
    }
}
