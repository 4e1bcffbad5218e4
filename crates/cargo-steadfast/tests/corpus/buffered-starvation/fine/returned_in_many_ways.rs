use futures::{Stream, StreamExt, stream, stream::FuturesUnordered};
use tokio::task::JoinHandle;

pub struct Site {
    urls: Vec<String>,
}

impl Site {
    fn pages(&self) -> impl Stream<Item = String> + Unpin {
        let pages = stream::iter(self.urls.clone()).map(|url| tokio::spawn(fetch(url))).buffered(4);
        Box::pin(pages)
    }

    pub async fn mirror(&self) {
        let mut pages = self.pages();
        while let Some(page) = pages.next().await {
            store(page).await;
        }
    }
}

fn started(urls: Vec<String>) -> FuturesUnordered<JoinHandle<String>> {
    let pages = FuturesUnordered::new();
    for url in urls {
        pages.push(tokio::spawn(fetch(url)));
    }
    pages
}

async fn looked_up(host: Host) -> Result<Vec<String>, Error> {
    let urls = host.urls().await?;
    Ok(stream::iter(urls).map(fetch).buffered(4).collect().await)
}

pub async fn mirror_started(urls: Vec<String>) {
    let mut pages = started(urls);
    while let Some(page) = pages.next().await {
        store(page).await;
    }
}

pub async fn mirror_looked_up(host: Host) -> Result<(), Error> {
    let mut pages = looked_up(host).await?.into_iter();
    while let Some(page) = pages.next() {
        store(page).await;
    }
    Ok(())
}
