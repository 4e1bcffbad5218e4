pub async fn run(mut conn: Conn, mut rx: Receiver<Command>) {
    let read = read_frame(&mut conn);
    tokio::pin!(read);
    loop {
        tokio::select! {
            frame = &mut read => return handle(frame),
            Some(command) = rx.recv() => apply(command),
        }
    }
}

async fn read_frame(conn: &mut Conn) -> Frame {
    let length = conn.read_u32().await;
    conn.read_body(length).await
}
