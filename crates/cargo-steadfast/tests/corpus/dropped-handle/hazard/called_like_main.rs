pub async fn maintain(input: Input, output: Output) -> Result<Stats, Error> {
    let writer = tokio::spawn(write(output)); //~ dropped-handle
    let rows = read(input).await?;
    writer.await?;
    Ok(Stats { rows })
}
