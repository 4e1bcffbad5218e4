// One of the two.

#[steadfast::main(tokio)]
async fn main() {}
