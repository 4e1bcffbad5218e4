impl Crawler {
    pub async fn crawl(&self, pages: Pages) -> Result<(), Error> {
        pages
            .map(|page| self.fetch(page))
            .buffer_unordered(8)
            .try_for_each(|content| self.store(content)) //~ buffered-starvation
            .await
    }

    pub async fn crawl_by_block(&self, pages: Pages) {
        pages
            .map(|page| self.fetch(page))
            .buffer_unordered(8)
            .for_each(|content| { //~ buffered-starvation
                let id = content.id;
                self.index.put(id, content)
            })
            .await;
    }
}
