#[allow(unused_imports)] use steadfast::flow::iter;
#[allow(unused_imports)] use steadfast::{Flow, for_await};

fn twice(numbers: impl Flow<Item = u32>) -> impl Future<Output = ()> {
    async {
        for_await!(n in numbers => {
            yield 2 * n;
        });
    }
}

#[tokio::main]
async fn main() {
    twice(iter(0..3)).await;
}
