use std::{collections::HashMap, sync::Mutex};
use tokio::task::JoinHandle;

pub struct Pool {
    tasks: Vec<JoinHandle<()>>,
    sessions: Mutex<HashMap<u64, JoinHandle<()>>>,
    timers: HashMap<u64, JoinHandle<()>>,
    watchers: Mutex<HashMap<u64, JoinHandle<()>>>,
}

impl Pool {
    pub fn add(&mut self, worker: Worker) {
        let task = tokio::spawn(worker.run());
        self.tasks.push(task);
    }

    pub fn open(&self, id: u64, session: Session) {
        self.sessions.lock().unwrap().insert(id, tokio::spawn(session.run()));
    }

    pub fn arm(&mut self, id: u64, timer: Timer) {
        if let Some(last) = self.timers.insert(id, tokio::spawn(timer.run())) {
            last.abort();
        }
    }

    pub fn watch(&self, id: u64, watcher: Watcher) {
        let mut watchers = self.watchers.lock().unwrap();
        watchers.insert(id, tokio::spawn(watcher.run()));
    }

    pub fn leave(&self, id: u64) {
        if let Some(session) = self.sessions.lock().unwrap().remove(&id) {
            session.abort();
        }
        let mut watchers = self.watchers.lock().unwrap();
        if let Some(watcher) = watchers.remove(&id) {
            watcher.abort();
        }
    }

    pub async fn finish(self) {
        for task in self.tasks {
            let _ = task.await;
        }
    }
}
