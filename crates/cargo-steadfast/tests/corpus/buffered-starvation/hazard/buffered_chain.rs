use futures::{StreamExt, stream};

pub async fn copy(keys: Vec<Key>, source: &Store, target: &Store) {
    stream::iter(keys)
        .map(|key| source.fetch(key))
        .buffered(4)
        .for_each(|page| async move { //~ buffered-starvation
            target.store(page).await;
        })
        .await;
}
