pub async fn run(mut lines: Reader, mut stop: Receiver<()>) {
    let mut running = true;
    while running {
        let mut line = String::new();
        tokio::select! {
            read = lines.read_line(&mut line) => take(read, line),
            _ = stop.recv() => {
                running = false;
            }
        }
    }
}

pub async fn run_until_done(mut lines: Reader, mut stop: Receiver<()>) {
    let mut done = false;
    while !done {
        let mut line = String::new();
        tokio::select! {
            read = lines.read_line(&mut line) => take(read, line),
            _ = stop.recv() => done = true,
        }
    }
}

pub async fn reconnect(address: Address, mut moved: Receiver<()>) -> Result<(), Error> {
    'connection: loop {
        let mut stream = TcpStream::connect(address).await?;
        loop {
            let mut head = [0; 4];
            tokio::select! {
                read = stream.read_exact(&mut head) => take(read?, head),
                _ = moved.recv() => continue 'connection,
            }
        }
    }
}
