#[steadfast::main(tokio, workers = 0)]
async fn main() {}
