pub async fn relay(left: Half, right: Half) {
    let mut a = tokio::spawn(copy(left));
    let mut b = tokio::spawn(copy(right));
    tokio::select! {
        _ = &mut a => b.abort(),
        _ = &mut b => a.abort(),
    }
}
