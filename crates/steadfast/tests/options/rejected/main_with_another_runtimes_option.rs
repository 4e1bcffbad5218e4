#[steadfast::main(smol, workers = 2)]
async fn main() {}
