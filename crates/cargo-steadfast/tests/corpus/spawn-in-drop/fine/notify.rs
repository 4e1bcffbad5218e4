impl Drop for Permit {
    fn drop(&mut self) {
        self.semaphore.fetch_add(1, Ordering::Release);
        self.notify.notify_one();
    }
}
