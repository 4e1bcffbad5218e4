pub async fn run(input: Input) -> Result<(), Error> {
    // The task of a dropped `Task` ends.
    let _reader = smol::spawn(read(input));
    serve().await
}
