use tokio::sync::Mutex;

pub async fn refresh(cache: Arc<Mutex<Cache>>, tasks: &mut JoinSet<()>, mut done: Receiver<()>) {
    let guard = cache.lock_owned().await;
    tasks.spawn(async move {
        guard.clear();
    });
    done.recv().await;
}
