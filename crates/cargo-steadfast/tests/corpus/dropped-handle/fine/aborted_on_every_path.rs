pub async fn run(input: Input) -> Result<Rows, Error> {
    let progress = tokio::spawn(show_progress());
    let rows = match read(input).await {
        Ok(rows) => rows,
        Err(error) => {
            progress.abort();
            return Err(error);
        }
    };
    progress.abort();
    Ok(rows)
}
