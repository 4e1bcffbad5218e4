#[steadfast::main(tokio, current_thread)]
async fn main() {}
