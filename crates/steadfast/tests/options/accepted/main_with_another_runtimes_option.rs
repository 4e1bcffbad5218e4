#[steadfast::main(smol, threads = 2)]
async fn main() {}
