use tokio::sync::watch;

pub fn delete(archive: Archive) -> watch::Receiver<Option<Outcome>> {
    let (tell, outcome) = watch::channel(None);
    tokio::spawn(async move {
        let deleted = archive.delete().await;
        let _ = tell.send(Some(deleted));
    });
    outcome
}
