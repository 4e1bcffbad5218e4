#[allow(unused_imports)] use steadfast::flow::iter;
#[allow(unused_imports)] use steadfast::merge;

#[tokio::main]
async fn main() {
    merge! {
        biased;
        n in iter(0..3) => println!("{n}"),
    }
    .await;
}
