pub fn start(tracker: &TaskTracker, worker: Worker) {
    #[cfg(test)]
    tokio::spawn(worker.clone().observe());
    tracker.spawn(worker.run());
}
