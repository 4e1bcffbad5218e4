pub async fn log(&self, line: &str) -> io::Result<()> {
    self.file.lock().await.write_all(line.as_bytes()).await //~ lock-across-await
}
