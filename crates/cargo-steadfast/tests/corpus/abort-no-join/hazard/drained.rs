use tokio::task::JoinHandle;

pub struct Pool {
    running: Vec<JoinHandle<()>>,
    tasks: Tasks,
}

impl Pool {
    pub fn stop(&mut self) {
        for t in self.running.drain(..) {
            t.abort(); //~ abort-no-join
        }
    }

    pub fn stop_others(&mut self) {
        for t in self.tasks.drain(..) {
            t.abort(); //~ abort-no-join
        }
    }
}
