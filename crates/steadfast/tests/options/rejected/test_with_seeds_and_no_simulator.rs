#[steadfast::test(tokio, seeds = 4)]
async fn nothing() {}

fn main() {}
