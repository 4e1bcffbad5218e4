pub async fn sync(store: Store) -> bool {
    let index = tokio::spawn(build_index(store.clone())); //~ dropped-handle
    if store.is_empty().await {
        return false;
    }
    index.await.is_ok()
}
