pub async fn list(api: &Api, limit: Duration) -> Pages {
    let mut pages = Pages::new();
    loop {
        let request = api.list(pages.cursor()).send();
        let page = tokio::select! {
            page = request => Ok(page),
            _ = tokio::time::sleep(limit) => Err(Timeout),
        };
        if !pages.push(page) {
            return pages;
        }
    }
}
