pub struct Schedule {
    next: Option<tokio::task::JoinHandle<()>>,
}

impl Schedule {
    pub fn advance(&mut self, at: Instant) {
        if let Some(previous) = self.next.take() {
            previous.abort(); //~ abort-no-join
        }
        let timer = tokio::spawn(fire(at));
        self.next = Some(timer);
    }
}
