use futures::stream::{FuturesUnordered, StreamExt};

pub async fn resolve(names: &[Name], cache: &Cache) {
    let mut lookups = names.iter().map(lookup).collect::<FuturesUnordered<_>>();
    while let Some(record) = lookups.next().await { //~ buffered-starvation
        cache.put(record).await;
    }
}
