#[allow(unused_imports)] use std::num::ParseIntError;
#[allow(unused_imports)] use steadfast::{Flow, flow};

fn numbers(text: &str) -> impl Flow<Item = u32> {
    flow! {
        move
        for word in text.split(' ') {
            yield word.parse()?;
        }
    }
}

#[tokio::main]
async fn main() {
    numbers("1 2").for_each(async |n| println!("{n:?}")).await;
}
