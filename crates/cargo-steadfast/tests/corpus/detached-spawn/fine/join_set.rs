use tokio::task::JoinSet;

pub async fn fetch_all(urls: Vec<Url>) -> Vec<Page> {
    let mut set = JoinSet::new();
    for url in urls {
        set.spawn(fetch(url));
    }
    let mut pages = Vec::new();
    while let Some(page) = set.join_next().await {
        pages.extend(page);
    }
    pages
}
