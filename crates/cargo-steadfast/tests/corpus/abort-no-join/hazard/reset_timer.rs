impl Debouncer {
    pub fn reset(&mut self) {
        if let Some(handle) = &self.handle {
            handle.abort(); //~ abort-no-join
        }
        self.handle = Some(tokio::spawn(fire(self.delay)));
    }
}
