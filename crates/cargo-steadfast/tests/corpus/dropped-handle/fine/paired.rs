pub async fn both(left: Side, right: Side) {
    let (left, right) = (tokio::spawn(left.run()), tokio::spawn(right.run()));
    let _ = left.await;
    let _ = right.await;
}
