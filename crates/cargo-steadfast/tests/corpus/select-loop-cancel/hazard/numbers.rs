pub async fn read(mut conn: TcpStream, mut commands: Receiver<Command>) {
    loop {
        tokio::select! {
            length = conn.read_u64_le() => take(length), //~ select-loop-cancel
            height = conn.read_f64() => take(height), //~ select-loop-cancel
            change = conn.read_i16() => take(change), //~ select-loop-cancel
            id = conn.read_u128() => take(id), //~ select-loop-cancel
            Some(command) = commands.recv() => apply(command),
        }
    }
}

pub async fn write(mut conn: TcpStream, mut commands: Receiver<Command>, number: Number) {
    loop {
        tokio::select! {
            _ = conn.write_i32(number.small()) => {} //~ select-loop-cancel
            _ = conn.write_u16_le(number.short()) => {} //~ select-loop-cancel
            Some(command) = commands.recv() => apply(command),
        }
    }
}
