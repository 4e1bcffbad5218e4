#[steadfast::main(smol, grace_ms = 1_000)]
async fn main() {}
