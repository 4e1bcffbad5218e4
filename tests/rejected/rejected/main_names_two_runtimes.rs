// A program runs on one runtime.

#[steadfast::main(tokio, smol)]
async fn main() {}
