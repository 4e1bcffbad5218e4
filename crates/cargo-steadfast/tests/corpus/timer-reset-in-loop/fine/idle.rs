pub async fn serve(mut conn: Conn, idle_timeout: Duration) {
    loop {
        tokio::select! {
            request = conn.next_request() => conn.answer(request),
            _ = tokio::time::sleep(idle_timeout) => return,
        }
    }
}
