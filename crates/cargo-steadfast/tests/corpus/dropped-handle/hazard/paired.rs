pub async fn both(left: Side, right: Side) {
    let (left, _right) = (tokio::spawn(left.run()), tokio::spawn(right.run())); //~ dropped-handle
    let _ = left.await;
}
