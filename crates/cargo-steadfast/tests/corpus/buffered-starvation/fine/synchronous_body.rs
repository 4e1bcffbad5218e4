use futures::{StreamExt, stream};

pub async fn count(keys: Vec<Key>, source: &Store) -> usize {
    let mut pages = stream::iter(keys).map(|key| source.fetch(key)).buffer_unordered(8);
    let mut total = 0;
    while let Some(page) = pages.next().await {
        total += page.len();
    }
    total
}
