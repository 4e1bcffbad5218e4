pub async fn run(mut conn: TcpStream, mut commands: Commands) {
    loop {
        let frame = read_frame(&mut conn);
        tokio::pin!(frame);
        tokio::select! {
            frame = &mut frame => handle(frame),
            command = commands.recv() => {
                apply(command);
                handle(frame.await);
            }
        }
    }
}

async fn read_frame(conn: &mut TcpStream) -> Frame {
    let mut head = [0; 4];
    conn.read_exact(&mut head).await.unwrap();
    Frame(head)
}
