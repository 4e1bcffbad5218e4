use futures::{StreamExt, stream};

pub async fn copy(keys: Vec<Key>, target: &Store) {
    let mut pages = stream::iter(keys).map(|key| tokio::spawn(fetch(key))).buffer_unordered(8);
    while let Some(page) = pages.next().await {
        target.store(page).await;
    }
}
