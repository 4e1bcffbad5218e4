pub async fn relay(mut conn: TcpStream, mut commands: Receiver<Command>) -> io::Result<()> {
    let mut header = [0; 8];
    loop {
        tokio::select! {
            result = conn.read_exact(&mut header) => { //~ select-loop-cancel
                result?;
                handle(&header);
            }
            Some(command) = commands.recv() => apply(command),
        }
    }
}
