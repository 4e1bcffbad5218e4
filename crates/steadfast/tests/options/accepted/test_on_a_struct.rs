#[steadfast::test]
async fn nothing() {}

fn main() {}
