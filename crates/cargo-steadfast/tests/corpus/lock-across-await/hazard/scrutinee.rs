pub async fn reply(sessions: &Mutex<Sessions>, id: Id, text: String) {
    if let Some(session) = sessions.lock().await.get_mut(&id) { //~ lock-across-await
        session.tx.send(text).await;
    }
}
