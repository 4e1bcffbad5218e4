#[steadfast::main(tokio, workers = 1)]
async fn main() {}
