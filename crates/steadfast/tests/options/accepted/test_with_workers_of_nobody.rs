#[steadfast::test(smol, sim, workers = 4)]
async fn nothing() {}

fn main() {}
