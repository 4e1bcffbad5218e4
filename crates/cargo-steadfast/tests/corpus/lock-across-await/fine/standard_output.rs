use std::io::Write;

pub async fn print(mut rx: Receiver<Line>) {
    while let Some(line) = rx.recv().await {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}");
    }
}
