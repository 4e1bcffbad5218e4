pub async fn run(input: Input) -> Result<Stats, Error> {
    let writer = tokio::spawn(write(input));
    let stats = collect().await;
    writer.await??;
    Ok(stats)
}
