use futures::{StreamExt, TryStreamExt, stream};

pub async fn all(keys: Vec<Key>, source: &Store) -> Result<Vec<Page>, Error> {
    stream::iter(keys).map(|key| source.fetch(key)).buffered(8).try_collect().await
}
