use futures::{StreamExt, stream};

pub async fn copy(keys: Vec<Key>, source: &Store, target: &Store) {
    stream::iter(keys)
        .map(|key| async move {
            let page = source.fetch(key).await;
            target.store(page).await
        })
        .buffer_unordered(8)
        .for_each(|()| async {})
        .await;
}
