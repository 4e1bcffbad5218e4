use dashmap::DashMap;

pub async fn touch(sessions: &DashMap<Id, Arc<Session>>, id: Id) {
    if let Some(session) = sessions.get(&id).map(|entry| entry.value().clone()) {
        session.renew().await;
    }
}
