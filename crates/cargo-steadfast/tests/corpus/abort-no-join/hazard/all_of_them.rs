pub struct Pool {
    handles: Vec<JoinHandle<()>>,
}

impl Pool {
    pub async fn shutdown(&mut self) {
        for handle in self.handles.drain(..) {
            handle.abort(); //~ abort-no-join
        }
        self.released.store(true, Ordering::Release);
    }
}
