// A race without a runner has no winner.

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let won: u8 = steadfast::race!().await;
    assert_eq!(won, 1);
}
