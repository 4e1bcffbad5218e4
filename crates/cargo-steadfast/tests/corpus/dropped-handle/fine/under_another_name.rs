use std::{collections::HashMap, sync::Mutex};
use tokio::task::JoinHandle;

pub async fn all(jobs: Vec<Job>) {
    let mut tasks = Vec::new();
    for job in jobs {
        tasks.push(tokio::spawn(job.run()));
    }
    let all = tasks;
    join_all(all).await;
}

pub struct Pool {
    sessions: Mutex<HashMap<u64, JoinHandle<()>>>,
}

impl Pool {
    pub fn open(&self, id: u64, session: Session) {
        let mut sessions = self.sessions.lock().unwrap();
        let open = &mut *sessions;
        open.retain(|_, task| task.close());
        self.sessions.lock().unwrap().insert(id, tokio::spawn(session.run()));
    }
}
