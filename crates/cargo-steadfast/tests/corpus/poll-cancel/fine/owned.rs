pub async fn ask(url: Url) -> Option<Page> {
    tokio::time::timeout(LIMIT, fetch(url)).await.ok()
}

async fn fetch(url: Url) -> Page {
    let mut conn = connect(&url).await;
    conn.write_all(b"GET /").await;
    Page::read(conn).await
}
