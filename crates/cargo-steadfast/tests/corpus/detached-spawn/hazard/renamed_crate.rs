use tokio as t;

pub fn refresh(cache: Cache) {
    t::task::spawn(async move { cache.refresh().await }); //~ detached-spawn
}
