#[steadfast::main(smol, grace_ms = "1s")]
async fn main() {}
