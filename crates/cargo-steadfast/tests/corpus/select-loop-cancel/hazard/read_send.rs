async fn read_send(file: &mut File, channel: &mut Sender<Item>) {
    let data = file.read_u32().await;
    for item in parse(data) {
        let _ = channel.send(item).await;
    }
}

pub async fn run(mut file: File, mut channel: Sender<Item>, mut socket: Socket) {
    loop {
        futures::select! {
            _ = read_send(&mut file, &mut channel) => {}, //~ select-loop-cancel
            packet = socket.read_packet() => handle(packet),
        }
    }
}
