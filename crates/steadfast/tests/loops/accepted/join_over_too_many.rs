#[allow(unused_imports)] use steadfast::join;

async fn work() {}

#[tokio::main]
async fn main() {
    join!(
        join!(work(), work(), work(), work(), work(), work(), work()),
        join!(work(), work(), work(), work(), work(), work()),
    )
    .await;
}
