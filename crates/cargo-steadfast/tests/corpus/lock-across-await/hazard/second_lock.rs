use tokio::sync::Mutex;

pub async fn transfer(from: &Mutex<Account>, to: &Mutex<Account>, amount: u64) {
    let mut from = from.lock().await; //~ lock-across-await
    let mut to = to.lock().await;
    from.balance -= amount;
    to.balance += amount;
}
