use futures::{StreamExt, stream};

pub async fn copy(keys: Vec<Key>, source: &Store, target: &Store) {
    let mut pages = stream::iter(keys).map(|key| source.fetch(key)).buffer_unordered(8);
    while let Some(page) = pages.next().await { //~ buffered-starvation
        target.store(page).await;
    }
}
