use tokio_util::task::AbortOnDropHandle;

pub async fn run(input: Input) -> Result<(), Error> {
    let _reader = AbortOnDropHandle::new(tokio::spawn(read(input)));
    serve().await?;
    Ok(())
}
