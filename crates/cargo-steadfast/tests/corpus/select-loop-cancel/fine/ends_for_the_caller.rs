impl Session {
    pub async fn read_head(&mut self) -> Result<Head, Error> {
        let mut head = [0; 4];
        tokio::select! {
            read = self.reader.read_exact(&mut head) => read.map(|_| Head(head)),
            _ = self.shutdown.recv() => Err(Error::Shutdown),
        }
    }

    pub async fn read_body(&mut self, body: &mut [u8]) -> Option<usize> {
        tokio::select! {
            read = self.reader.read_exact(body) => read.ok(),
            _ = self.token.cancelled() => self.bye(),
        }
    }

    pub async fn read_either(&mut self) -> Event {
        tokio::select! {
            message = self.inbox.recv() => Event::Message(message),
            command = self.commands.recv() => Event::Command(command),
        }
    }
}

pub async fn next(reader: &mut Reader, inbox: &mut Inbox) -> Result<Option<Head>, Error> {
    let mut head = [0; 4];
    tokio::select! {
        read = reader.read_exact(&mut head) => read.map(|_| Some(Head(head))),
        _ = inbox.is_gone() => Ok(None),
    }
}
