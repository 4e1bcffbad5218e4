impl Reader {
    pub async fn poll_frame(&mut self) -> Result<Option<Frame>, Error> {
        match timeout(WAIT, self.stream.read_exact(&mut self.head)).await { //~ poll-cancel
            Ok(read) => self.frame(read?),
            Err(_) => Ok(None),
        }
    }

    pub async fn poll_frame_early(&mut self) -> Result<Option<Frame>, Error> {
        match timeout(WAIT, self.stream.read_exact(&mut self.head)).await { //~ poll-cancel
            Ok(read) => self.take(read?),
            Err(_) => return Ok(None),
        }
        Ok(Some(self.frame()))
    }
}
