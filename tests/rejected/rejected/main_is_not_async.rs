// A plain `fn`.

#[steadfast::main(tokio)]
fn main() {}
