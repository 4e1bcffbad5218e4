use dashmap::DashMap;

pub async fn touch(sessions: &DashMap<Id, Session>, id: Id) {
    if let Some(mut session) = sessions.get_mut(&id) { //~ lock-across-await
        session.renew().await;
    }
}
