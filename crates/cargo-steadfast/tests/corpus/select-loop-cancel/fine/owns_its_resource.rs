pub async fn run(mut urls: Receiver<Url>, mut tick: Interval) {
    loop {
        tokio::select! {
            page = fetch("https://example.org".into()) => show(page),
            _ = tick.tick() => {}
        }
    }
}

async fn fetch(url: String) -> Page {
    let mut conn = connect(&url).await;
    conn.write_all(b"GET /").await;
    let mut body = Vec::new();
    conn.read_to_end(&mut body).await;
    Page(body)
}
