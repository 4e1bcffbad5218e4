#[steadfast::test(sim, policy = "last-woken-first")]
async fn nothing() {}

fn main() {}
