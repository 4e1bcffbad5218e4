pub fn watch(path: PathBuf) {
    smol::spawn(async move { //~ detached-spawn
        let mut changes = changes_of(&path).await;
        while let Some(change) = changes.next().await {
            log::info!("{change:?}");
        }
    })
    .detach();
}
