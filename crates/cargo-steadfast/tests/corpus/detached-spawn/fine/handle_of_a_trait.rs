use std::sync::Arc;

pub trait Runtime {
    fn spawn(&self, future: BoxFuture<'static, ()>) -> Box<dyn Handle>;
}

pub async fn dial(address: Address, runtime: Arc<dyn Runtime>) {
    let dialling = runtime.spawn(Box::pin(connect(address)));
    dialling.join().await;
    let _cancelled_on_drop = runtime.spawn(Box::pin(listen(address)));
}
