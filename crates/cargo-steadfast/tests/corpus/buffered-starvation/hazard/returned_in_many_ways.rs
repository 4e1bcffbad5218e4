use futures::{Stream, StreamExt, stream, stream::FuturesUnordered};

pub struct Site {
    urls: Vec<String>,
}

impl Site {
    fn pages(&self) -> impl Stream<Item = String> + Unpin {
        let pages = stream::iter(self.urls.clone()).map(fetch).buffered(4);
        Box::pin(pages)
    }

    pub async fn mirror(&self) {
        let mut pages = self.pages();
        while let Some(page) = pages.next().await { //~ buffered-starvation
            store(page).await;
        }
    }
}

fn started(urls: Vec<String>) -> FuturesUnordered<impl Future<Output = String>> {
    let pages = FuturesUnordered::new();
    for url in urls {
        pages.push(fetch(url));
    }
    pages
}

async fn looked_up(host: Host) -> Result<impl Stream<Item = String> + Unpin, Error> {
    let urls = host.urls().await?;
    Ok(urls.into_iter().map(fetch).collect::<FuturesUnordered<_>>())
}

pub async fn mirror_started(urls: Vec<String>) {
    let mut pages = started(urls);
    while let Some(page) = pages.next().await { //~ buffered-starvation
        store(page).await;
    }
}

pub async fn mirror_looked_up(host: Host) -> Result<(), Error> {
    let mut pages = looked_up(host).await?;
    while let Some(page) = pages.next().await { //~ buffered-starvation
        store(page).await;
    }
    Ok(())
}
