use tokio::task::JoinHandle;

async fn start(address: Address) -> JoinHandle<()> {
    let listener = Listener::bind(address).await;
    tokio::spawn(listener.serve())
}

async fn try_start(address: Address) -> Result<JoinHandle<()>, Error> {
    let listener = Listener::try_bind(address).await?;
    Ok(tokio::spawn(listener.serve()))
}

fn start_if_wanted(config: &Config) -> Option<JoinHandle<()>> {
    let exporter = config.exporter()?;
    Some(tokio::spawn(exporter.run()))
}

pub async fn ignored(address: Address) {
    start(address).await; //~ dropped-handle
}

pub async fn ignored_with_its_error(address: Address) -> Result<(), Error> {
    try_start(address).await?; //~ dropped-handle
    Ok(())
}

pub async fn named(address: Address, ready: Ready) {
    let _server = start(address).await; //~ dropped-handle
    ready.set();
}

pub async fn left_early(address: Address) -> Result<(), Error> {
    let server = try_start(address).await?; //~ dropped-handle
    announce(address).await?;
    let _ = server.await;
    Ok(())
}

pub fn perhaps(config: &Config) {
    start_if_wanted(config); //~ dropped-handle
}
