use futures::{StreamExt, TryStreamExt, stream};

pub async fn index(files: Vec<Path>, db: &Db) -> Result<(), Error> {
    stream::iter(files)
        .map(parse)
        .buffer_unordered(16)
        .try_for_each(|document| async { db.insert(document).await }) //~ buffered-starvation
        .await
}
