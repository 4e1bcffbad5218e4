// Two runtimes are enabled.

#[steadfast::main]
async fn main() {}
