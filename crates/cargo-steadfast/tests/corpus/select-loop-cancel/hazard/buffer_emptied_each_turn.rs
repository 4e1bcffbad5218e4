use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;

pub async fn cleared_first(mut peer: BufReader<TcpStream>, mut tick: Interval) {
    let mut frame = Vec::new();
    loop {
        frame.clear();
        tokio::select! {
            _ = peer.read_until(0, &mut frame) => handle(&frame), //~ select-loop-cancel
            _ = tick.tick() => report(),
        }
    }
}

pub async fn cleared_last(mut peer: BufReader<TcpStream>, mut tick: Interval) {
    let mut frame = Vec::new();
    loop {
        tokio::select! {
            _ = peer.read_until(0, &mut frame) => handle(&frame), //~ select-loop-cancel
            _ = tick.tick() => report(),
        }
        frame.clear();
    }
}

pub async fn line(mut peer: BufReader<TcpStream>, mut tick: Interval) {
    let mut line = String::new();
    loop {
        line.clear();
        tokio::select! {
            _ = peer.read_line(&mut line) => handle(&line), //~ select-loop-cancel
            _ = tick.tick() => report(),
        }
    }
}

pub async fn made_anew(mut peer: BufReader<TcpStream>, mut tick: Interval) {
    loop {
        let mut frame = Vec::with_capacity(64);
        tokio::select! {
            _ = peer.read_until(0, &mut frame) => handle(&frame), //~ select-loop-cancel
            _ = tick.tick() => report(),
        }
    }
}

pub struct Session {
    peer: BufReader<TcpStream>,
    frame: Vec<u8>,
}

impl Session {
    async fn next(&mut self) -> std::io::Result<usize> {
        self.frame.clear();
        self.peer.read_until(0, &mut self.frame).await
    }

    pub async fn own_function(&mut self, mut tick: Interval) {
        loop {
            tokio::select! {
                _ = self.next() => handle(&self.frame), //~ select-loop-cancel
                _ = tick.tick() => report(),
            }
        }
    }

    pub async fn field(&mut self, mut tick: Interval) {
        loop {
            self.frame = Vec::new();
            tokio::select! {
                _ = self.peer.read_until(0, &mut self.frame) => handle(&self.frame), //~ select-loop-cancel
                _ = tick.tick() => report(),
            }
        }
    }

    pub async fn in_a_block(&mut self, mut tick: Interval) {
        loop {
            self.frame.truncate(0);
            tokio::select! {
                _ = async { //~ select-loop-cancel
                    let _ = self.peer.read_until(0, &mut self.frame).await;
                    handle(&self.frame);
                } => {}
                _ = tick.tick() => report(),
            }
        }
    }
}
