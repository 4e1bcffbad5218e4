pub async fn both(a: A, b: B) {
    let left = tokio::spawn(a.run());
    let right = tokio::spawn(b.run());
    let _ = tokio::join!(left, right);
}
