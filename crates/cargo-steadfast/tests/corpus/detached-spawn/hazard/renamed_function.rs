use tokio::spawn as go;

pub fn refresh(cache: Cache) {
    go(async move { cache.refresh().await }); //~ detached-spawn
}
