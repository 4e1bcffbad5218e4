impl Table {
    pub fn drop(&mut self) -> tokio::task::JoinHandle<()> {
        let name = self.name.clone();
        tokio::spawn(async move { remove_table(name).await })
    }
}
