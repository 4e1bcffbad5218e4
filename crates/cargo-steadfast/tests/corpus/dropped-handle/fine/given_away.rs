pub fn start(supervisor: &mut Supervisor, worker: Worker) {
    let handle = tokio::spawn(worker.run());
    supervisor.watch(handle);
}
