pub async fn connect(config: &Config) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(&config.url, NoTls).await?;
    tokio::spawn(async move { //~ detached-spawn
        if let Err(error) = connection.await {
            eprintln!("connection error: {error}");
        }
    });
    Ok(client)
}
