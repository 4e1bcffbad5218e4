#[steadfast::main(tokio, flavor = "multi_thread")]
async fn main() {}
