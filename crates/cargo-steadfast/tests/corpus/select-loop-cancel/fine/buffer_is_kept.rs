use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;

pub async fn cleared_when_handled(mut peer: BufReader<TcpStream>, mut tick: Interval) {
    let mut frame = Vec::new();
    loop {
        tokio::select! {
            _ = peer.read_until(0, &mut frame) => {
                handle(&frame);
                frame.clear();
            }
            _ = tick.tick() => report(),
        }
    }
}

pub async fn cleared_after_a_frame(mut peer: BufReader<TcpStream>, mut tick: Interval) {
    let mut frame = Vec::new();
    loop {
        tokio::select! {
            _ = peer.read_until(0, &mut frame) => handle(&frame),
            _ = tick.tick() => continue,
        }
        frame.clear();
    }
}

pub async fn cleared_if_whole(mut peer: BufReader<TcpStream>, mut tick: Interval) {
    let mut frame = Vec::new();
    loop {
        if frame.ends_with(&[0]) {
            frame.clear();
        }
        tokio::select! {
            _ = peer.read_until(0, &mut frame) => handle(&frame),
            _ = tick.tick() => report(),
        }
    }
}

pub async fn other_buffer(mut peer: BufReader<TcpStream>, mut tick: Interval) {
    let (mut frame, mut seen) = (Vec::new(), Vec::new());
    loop {
        seen.clear();
        tokio::select! {
            _ = peer.read_until(0, &mut frame) => seen.append(&mut frame),
            _ = tick.tick() => report(),
        }
        note(&seen);
    }
}

pub struct Session {
    peer: BufReader<TcpStream>,
    frame: Vec<u8>,
    whole: bool,
}

impl Session {
    async fn next(&mut self) -> std::io::Result<usize> {
        if self.whole {
            self.frame.clear();
            self.whole = false;
        }
        let length = self.peer.read_until(0, &mut self.frame).await?;
        self.whole = true;
        Ok(length)
    }

    pub async fn own_function(&mut self, mut tick: Interval) {
        loop {
            tokio::select! {
                _ = self.next() => handle(&self.frame),
                _ = tick.tick() => report(),
            }
        }
    }
}
