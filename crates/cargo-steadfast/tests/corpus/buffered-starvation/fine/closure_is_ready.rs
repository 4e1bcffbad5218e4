impl Crawler {
    pub async fn crawl(&self, pages: Pages) -> usize {
        pages
            .map(|page| self.fetch(page))
            .buffer_unordered(8)
            .filter_map(|content| future::ready(content.ok()))
            .fold(0, |sum, content| async move { sum + content.len() })
            .await
    }

    pub async fn crawl_each(&self, pages: Pages) {
        pages
            .map(|page| self.fetch(page))
            .buffer_unordered(8)
            .for_each(|content| self.count(content))
            .await;
    }

    async fn count(&self, content: Content) {
        self.seen.set(self.seen.get() + content.len());
    }
}

pub async fn crawl_all(pages: Pages, store: Store) -> Result<(), Error> {
    pages
        .map(fetch)
        .buffer_unordered(8)
        .try_collect::<Vec<_>>()
        .and_then(|contents| store.put(contents))
        .await
}
