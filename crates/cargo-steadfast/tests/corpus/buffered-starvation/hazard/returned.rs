use futures::{Stream, StreamExt, stream};

fn pages(urls: Vec<String>) -> impl Stream<Item = String> + Unpin {
    Box::pin(stream::iter(urls).map(fetch).buffer_unordered(4))
}

pub async fn mirror(urls: Vec<String>) {
    let mut pages = pages(urls);
    while let Some(page) = pages.next().await { //~ buffered-starvation
        store(page).await;
    }
}
