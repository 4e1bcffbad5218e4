#[steadfast::main(sim)]
async fn main() {}
