use std::future::Future;
use tokio::task::JoinHandle;

pub fn spawn_named<F>(name: &str, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tracing::debug!(name, "spawned");
    tokio::spawn(future)
}

pub fn start(worker: Worker) {
    spawn_named("worker", worker.run()); //~ detached-spawn
}
