use tokio::task::JoinHandle;

pub async fn first_of_two(slow: JoinHandle<u32>, fast: JoinHandle<u32>) -> u32 {
    let first = fast.await.unwrap();
    slow.abort();
    println!("the first was {first}");
    first
}
