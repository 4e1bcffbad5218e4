#[steadfast::test]
const async fn nothing() {}

fn main() {}
