pub async fn reload(store: &mut Store, config: Config) {
    store.writer_task.abort(); //~ abort-no-join
    store.file = open(&config.path).await;
}
