pub fn start(queue: Queue) {
    std::thread::spawn(move || queue.run());
}
