#[steadfast::test(sim, policy = "fair")]
async fn nothing() {}

fn main() {}
