// One runner wins.

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let won: u8 = steadfast::race!(std::future::ready(1)).await;
    assert_eq!(won, 1);
}
