use parking_lot::RwLock;

pub struct Router {
    routes: RwLock<Routes>,
}

impl Router {
    pub async fn reload(&self, store: &Store) {
        let mut routes = self.routes.write(); //~ lock-across-await
        *routes = store.fetch().await;
    }
}
