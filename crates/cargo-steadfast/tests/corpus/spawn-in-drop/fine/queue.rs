impl Drop for Statement {
    fn drop(&mut self) {
        let _ = self.requests.send(Request::Close(self.name.clone()));
    }
}
