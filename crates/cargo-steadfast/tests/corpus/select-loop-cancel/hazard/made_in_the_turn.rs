use futures::{FutureExt, pin_mut, select};

pub async fn run(mut conn: TcpStream, mut commands: Receiver<Command>) {
    loop {
        let frame = read_frame(&mut conn).fuse();
        pin_mut!(frame);
        select! {
            frame = frame => handle(frame), //~ select-loop-cancel
            command = commands.next() => apply(command),
        }
    }
}

pub async fn run_by_reference(mut conn: TcpStream, mut commands: Commands) {
    loop {
        let frame = read_frame(&mut conn);
        tokio::pin!(frame);
        tokio::select! {
            frame = &mut frame => handle(frame), //~ select-loop-cancel
            command = commands.recv() => apply(command),
        }
    }
}

async fn read_frame(conn: &mut TcpStream) -> Frame {
    let mut head = [0; 4];
    conn.read_exact(&mut head).await.unwrap();
    Frame(head)
}
