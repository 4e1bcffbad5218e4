use std::{collections::HashMap, sync::Mutex};
use tokio::task::JoinHandle;

pub struct Pool {
    tasks: Vec<JoinHandle<()>>,
    sessions: Mutex<HashMap<u64, JoinHandle<()>>>,
    timers: tokio::sync::Mutex<HashMap<u64, JoinHandle<()>>>,
    late: Vec<JoinHandle<()>>,
    watchers: Mutex<HashMap<u64, JoinHandle<()>>>,
}

impl Pool {
    pub fn add(&mut self, worker: Worker) {
        self.tasks.push(tokio::spawn(worker.run())); //~ dropped-handle
        let late = tokio::spawn(worker.late()); //~ dropped-handle
        self.late.push(late);
    }

    pub fn open(&self, id: u64, session: Session) {
        self.sessions.lock().unwrap().insert(id, tokio::spawn(session.run())); //~ dropped-handle
    }

    pub async fn arm(&self, id: u64, timer: Timer) {
        self.timers.lock().await.insert(id, tokio::spawn(timer.run())); //~ dropped-handle
    }

    pub fn watch(&self, id: u64, watcher: Watcher) {
        let mut watchers = self.watchers.lock().unwrap();
        watchers.insert(id, tokio::spawn(watcher.run())); //~ dropped-handle
    }

    pub fn close(&self, id: u64) {
        self.sessions.lock().unwrap().remove(&id);
    }

    pub fn running(&mut self) -> usize {
        self.tasks.retain(|task| !task.is_finished());
        self.tasks.len()
    }
}
