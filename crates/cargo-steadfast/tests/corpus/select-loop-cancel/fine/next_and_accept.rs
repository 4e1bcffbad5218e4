pub async fn run(listener: TcpListener, mut stream: Updates) {
    loop {
        tokio::select! {
            Ok((socket, _)) = listener.accept() => greet(socket),
            Some(update) = stream.next() => apply(update),
        }
    }
}
