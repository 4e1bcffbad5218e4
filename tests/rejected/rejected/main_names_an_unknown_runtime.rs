// A runtime that is none.

#[steadfast::main(tokyo)]
async fn main() {}
