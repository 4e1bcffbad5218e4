#[steadfast::test(sim, seeds = 4)]
async fn nothing() {}

fn main() {}
