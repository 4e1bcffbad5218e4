#[steadfast::test(smol, workers = 4)]
async fn nothing() {}

fn main() {}
