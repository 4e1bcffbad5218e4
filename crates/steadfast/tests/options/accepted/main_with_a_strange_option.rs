#[steadfast::main(tokio)]
async fn main() {}
