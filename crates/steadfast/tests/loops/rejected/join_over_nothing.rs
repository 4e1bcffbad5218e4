#[allow(unused_imports)] use steadfast::join;

#[tokio::main]
async fn main() {
    join!().await;
}
