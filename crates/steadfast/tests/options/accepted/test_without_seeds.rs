#[steadfast::test(sim, seeds = 1)]
async fn nothing() {}

fn main() {}
