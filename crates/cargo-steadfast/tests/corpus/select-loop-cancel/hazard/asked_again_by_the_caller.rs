impl Session {
    pub async fn step(&mut self) -> Result<(), Error> {
        tokio::select! {
            read = self.reader.read_exact(&mut self.buffer) => self.take(read), //~ select-loop-cancel
            command = self.commands.recv() => self.run(command).await,
        }
    }
}

pub async fn next_event(reader: &mut Reader, ticks: &mut Ticks) -> Event {
    let mut head = [0; 4];
    tokio::select! {
        read = reader.read_exact(&mut head) => Event::read(read), //~ select-loop-cancel
        _ = ticks.next() => Event::Tick,
    }
}

pub async fn poll(reader: &mut Reader) -> Result<Option<Head>, Error> {
    let mut head = [0; 4];
    tokio::select! {
        read = reader.read_exact(&mut head) => read.map(|_| Some(Head(head))), //~ select-loop-cancel
        _ = tokio::time::sleep(WAIT) => Ok(None),
    }
}
