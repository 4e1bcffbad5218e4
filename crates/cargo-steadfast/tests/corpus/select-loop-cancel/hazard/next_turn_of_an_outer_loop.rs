pub async fn run(mut stream: TcpStream, mut moved: Receiver<()>) -> Result<(), Error> {
    'round: loop {
        let mut round = Round::new();
        loop {
            let mut head = [0; 4];
            tokio::select! {
                read = stream.read_exact(&mut head) => round.take(read?, head), //~ select-loop-cancel
                _ = moved.recv() => continue 'round,
            }
        }
    }
}

pub async fn pause(mut stream: TcpStream, mut paused: Receiver<()>) -> Result<(), Error> {
    let mut running = false;
    while !running {
        let mut head = [0; 4];
        tokio::select! {
            read = stream.read_exact(&mut head) => running = take(read?, head), //~ select-loop-cancel
            _ = paused.recv() => running = false,
        }
    }
    Ok(())
}
