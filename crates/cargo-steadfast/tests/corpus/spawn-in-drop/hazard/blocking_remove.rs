impl Drop for LocalUpload {
    fn drop(&mut self) {
        if let Some(path) = self.staging.take() {
            tokio::task::spawn_blocking(move || std::fs::remove_file(path)); //~ spawn-in-drop
        }
    }
}
