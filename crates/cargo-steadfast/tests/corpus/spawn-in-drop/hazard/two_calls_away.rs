pub struct Session(u32);

impl Session {
    fn finish(&self) {
        self.note("has left");
    }

    fn note(&self, what: &'static str) {
        let session = self.0;
        tokio::spawn(async move { write(session, what).await }); //~ detached-spawn
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.finish(); //~ spawn-in-drop
    }
}
