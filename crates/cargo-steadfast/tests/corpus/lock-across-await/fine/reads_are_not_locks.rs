pub async fn run(file: &mut File) -> io::Result<()> {
    let mut buffer = [0; 16];
    let n = file.read(&mut buffer).await?;
    file.write_all(&buffer[..n]).await
}
