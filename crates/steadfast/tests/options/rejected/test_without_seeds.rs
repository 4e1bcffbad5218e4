#[steadfast::test(sim, seeds = 0)]
async fn nothing() {}

fn main() {}
