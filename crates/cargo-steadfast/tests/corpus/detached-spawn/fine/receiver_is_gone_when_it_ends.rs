use tokio::sync::watch;

pub struct Server {
    stop: watch::Sender<()>,
}

impl Server {
    pub fn start(listener: Listener) -> Server {
        let (stop, stopped) = watch::channel(());
        tokio::spawn(listener.serve_until(stopped));
        Server { stop }
    }

    pub async fn wait(&self) {
        self.stop.closed().await;
    }
}
