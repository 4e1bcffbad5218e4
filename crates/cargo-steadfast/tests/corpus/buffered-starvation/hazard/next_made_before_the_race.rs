use futures::{FutureExt, StreamExt, future::OptionFuture, stream::FuturesUnordered};

pub async fn relay(sockets: Vec<Socket>, mut commands: Commands) {
    let mut reads: FuturesUnordered<_> = sockets.into_iter().map(read).collect();
    loop {
        let read: OptionFuture<_> = if reads.is_empty() { None } else { Some(reads.next()) }.into();
        futures::pin_mut!(read);
        futures::select! {
            packet = read => forward(packet).await, //~ buffered-starvation
            command = commands.recv().fuse() => apply(command).await,
        }
    }
}
