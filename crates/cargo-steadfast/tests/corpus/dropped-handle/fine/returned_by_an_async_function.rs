use tokio::task::JoinHandle;

pub struct Service {
    server: Option<JoinHandle<()>>,
}

async fn start(address: Address) -> JoinHandle<()> {
    let listener = Listener::bind(address).await;
    tokio::spawn(listener.serve())
}

async fn try_start(address: Address) -> Result<JoinHandle<()>, Error> {
    let listener = Listener::try_bind(address).await?;
    Ok(tokio::spawn(listener.serve()))
}

pub async fn awaited(address: Address) {
    let _ = start(address).await.await;
}

pub async fn aborted(address: Address) -> Result<(), Error> {
    let server = try_start(address).await?;
    let announced = announce(address).await;
    server.abort();
    announced
}

pub async fn awaited_in_an_arm(address: Address) {
    match try_start(address).await {
        Ok(server) => {
            let _ = server.await;
        }
        Err(error) => log(error),
    }
}

pub async fn kept(address: Address) -> Service {
    let server = start(address).await;
    Service { server: Some(server) }
}

impl Service {
    fn take_server(&mut self) -> Option<JoinHandle<()>> {
        self.server.take()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(server) = self.take_server() {
            server.abort();
        }
    }
}
