pub struct Client {
    read_task: JoinHandle<()>,
    write_task: JoinHandle<()>,
}

impl Client {
    pub async fn disconnect(&mut self) {
        self.read_task.abort(); //~ abort-no-join
        self.write_task.abort(); //~ abort-no-join
        self.connected = false;
    }
}
