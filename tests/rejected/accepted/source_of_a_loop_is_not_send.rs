use std::sync::Arc;

use steadfast::{Flow, flow, merge, nursery};

async fn task() {
    nursery(async |n| {
        n.spawn(async move {
            let step = Arc::new(10);
            merge! {
                n in flow::iter(0..3) => println!("{n}"),
                n in flow::iter(0..3).map(move |n| n * *step) => println!("{n}"),
            }
            .await;
        });
    })
    .await;
}

fn main() {
    drop(task());
}
