#[steadfast::test]
async fn prints() {
    println!("{:?}", u8::default());
}

fn main() {}
