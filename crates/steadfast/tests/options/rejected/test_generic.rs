#[steadfast::test]
async fn prints<T: Default + std::fmt::Debug>() {
    println!("{:?}", T::default());
}

fn main() {}
