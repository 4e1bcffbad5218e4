use tokio::sync::Mutex;

pub struct Pool {
    idle: Mutex<Vec<Conn>>,
}

impl Pool {
    pub async fn fill(&self) {
        let mut idle = self.idle.lock().await; //~ lock-across-await
        while idle.len() < LIMIT {
            idle.push(open().await);
        }
    }
}

async fn open() -> Conn {
    TcpStream::connect(ADDRESS).await
}
