use tokio::sync::watch;

pub fn follow(source: Source) -> watch::Receiver<Prices> {
    let (publish, prices) = watch::channel(Prices::default());
    tokio::spawn(refresh(source, publish)); //~ detached-spawn
    prices
}

async fn refresh(source: Source, publish: watch::Sender<Prices>) {
    while let Some(next) = source.next().await {
        if publish.send(next).is_err() {
            break;
        }
    }
}
