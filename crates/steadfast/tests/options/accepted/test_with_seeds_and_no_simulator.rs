#[steadfast::test(tokio, sim, seeds = 4)]
async fn nothing() {}

fn main() {}
