// An `async fn`.

#[steadfast::main(tokio)]
async fn main() {}
