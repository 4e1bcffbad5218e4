use futures::{StreamExt, stream};

pub async fn copy(keys: Vec<Key>, source: &Store, target: &Store) {
    stream::iter(keys)
        .for_each_concurrent(8, |key| async move {
            let page = source.fetch(key).await;
            target.store(page).await;
        })
        .await;
}
