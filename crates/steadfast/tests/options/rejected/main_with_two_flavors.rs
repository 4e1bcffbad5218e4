#[steadfast::main(tokio, workers = 2, current_thread)]
async fn main() {}
