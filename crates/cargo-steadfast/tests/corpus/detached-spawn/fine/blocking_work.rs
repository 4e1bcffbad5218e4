pub fn remove(path: PathBuf) {
    tokio::task::spawn_blocking(move || std::fs::remove_file(path));
}
