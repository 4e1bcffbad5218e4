impl Drop for Server {
    fn drop(&mut self) {
        self.token.cancel();
    }
}
