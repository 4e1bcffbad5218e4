use std::sync::Arc;

pub trait Runtime {
    fn spawn(&self, future: BoxFuture<'static, ()>) -> Box<dyn Handle>;
}

pub fn dial(address: Address, runtime: Arc<dyn Runtime>, found: Sender) {
    runtime.spawn(Box::pin(async move { //~ detached-spawn
        if let Ok(peer) = connect(address).await {
            found.report(peer);
        }
    }));
}
