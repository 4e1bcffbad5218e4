// One of the two.

#[steadfast::main(smol)]
async fn main() {}
