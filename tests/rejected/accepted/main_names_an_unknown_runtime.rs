// One that is.

#[steadfast::main(tokio)]
async fn main() {}
