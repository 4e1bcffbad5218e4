#[steadfast::main(smol)]
async fn main() {}
