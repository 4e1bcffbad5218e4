use futures::FutureExt;

pub async fn drain(rx: &mut Inbox, tx: mpsc::Sender<Event>) {
    while let Some(event) = rx.pop() {
        let _ = tx.send(event).now_or_never(); //~ poll-cancel
    }
}
