impl Registry {
    pub async fn unregister(&self, id: &Id) {
        if let Some(task) = self.tasks.lock().await.remove(id) {
            task.abort(); //~ abort-no-join
        }
    }
}
