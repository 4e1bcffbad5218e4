#[allow(unused_imports)] use std::num::ParseIntError;
#[allow(unused_imports)] use steadfast::{Flow, try_flow};

fn numbers(text: &str) -> impl Flow<Item = Result<u32, ParseIntError>> {
    try_flow! {
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
