// One byte is there or not: tokio documents `read_u8` as cancel safe, unlike its longer siblings.

use tokio::io::AsyncReadExt;
use tokio::net::{TcpStream, UdpSocket};

async fn forward(mut connection: TcpStream, socket: UdpSocket) -> std::io::Result<()> {
    let mut buffer = [0; 2048];
    loop {
        tokio::select! {
            received = socket.recv_from(&mut buffer) => {
                let (length, _) = received?;
                println!("{length} bytes");
            },
            length = connection.read_u8() => {
                let mut packet = vec![0; usize::from(length?)];
                connection.read_exact(&mut packet).await?;
            },
        }
    }
}
