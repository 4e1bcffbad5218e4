pub fn spawn_in_background<F: Future<Output = ()> + Send + 'static>(future: F) {
    BACKGROUND_RUNTIME.spawn(async move { future.await }); //~ detached-spawn
}
