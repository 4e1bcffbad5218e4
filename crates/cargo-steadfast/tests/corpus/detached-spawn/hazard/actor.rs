use tokio::sync::mpsc;

pub struct Handle {
    sender: mpsc::Sender<Message>,
}

impl Handle {
    pub fn new(store: Store) -> Self {
        let (sender, receiver) = mpsc::channel(8);
        let actor = Actor { receiver, store };
        tokio::spawn(run(actor)); //~ detached-spawn
        Self { sender }
    }
}

async fn run(mut actor: Actor) {
    while let Some(message) = actor.receiver.recv().await {
        actor.handle(message);
    }
}
