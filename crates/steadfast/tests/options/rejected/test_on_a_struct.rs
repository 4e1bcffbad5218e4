#[steadfast::test]
struct Nothing;

fn main() {}
