#[allow(unused_imports)] use steadfast::flow::iter;
#[allow(unused_imports)] use steadfast::{Flow, flow, for_await};

fn twice(numbers: impl Flow<Item = u32>) -> impl Flow<Item = u32> {
    flow! {
        move
        for_await!(n in numbers => {
            yield 2 * n;
        });
    }
}

#[tokio::main]
async fn main() {
    twice(iter(0..3)).for_each(async |n| println!("{n}")).await;
}
