#[steadfast::test(sim, seed = 4)]
async fn nothing() {}

fn main() {}
