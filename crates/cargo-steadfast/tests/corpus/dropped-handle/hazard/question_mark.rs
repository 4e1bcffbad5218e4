pub async fn run(input: Input, output: Output) -> Result<Stats, Error> {
    let writer = tokio::spawn(write(output)); //~ dropped-handle
    let rows = read(input).await?;
    let written = writer.await?;
    Ok(Stats { rows, written })
}
