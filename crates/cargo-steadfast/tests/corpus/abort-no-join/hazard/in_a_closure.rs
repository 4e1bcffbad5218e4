use tokio::task::JoinHandle;

pub struct Poller {
    polls: Option<JoinHandle<()>>,
}

impl Poller {
    pub fn shutdown(&mut self) {
        self.polls.take().map(|p| p.abort()); //~ abort-no-join
    }
}
