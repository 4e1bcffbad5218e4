pub async fn run(config: Config) -> Result<(), Error> {
    let metrics = tokio::spawn(serve_metrics(config.metrics)); //~ dropped-handle
    tracing::info!("metrics are served");
    serve(config).await
}
