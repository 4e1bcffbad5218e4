impl Drop for Subscription {
    fn drop(&mut self) {
        let topic = self.topic.clone();
        smol::spawn(async move { unsubscribe(topic).await }).detach(); //~ spawn-in-drop
    }
}
