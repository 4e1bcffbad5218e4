pub async fn start(gate: Arc<Mutex<Gate>>) {
    let guard = gate.lock_owned().await;
    hand_over(guard);
    wait().await;
}
