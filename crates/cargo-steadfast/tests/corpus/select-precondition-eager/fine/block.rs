use std::collections::VecDeque;

pub struct Worker {
    queue: VecDeque<Job>,
    tries: u32,
    limit: tokio::time::Interval,
}

impl Worker {
    // What it changes is its own.
    pub async fn builds(&mut self, mut api: Api) {
        tokio::select! {
            reply = {
                let mut request = Request::new();
                request.tries = self.tries;
                request.push(Header::Retry);
                if let Some(mut note) = Note::of(self.tries) {
                    note.seal();
                    request.push(note);
                }
                tracing::debug!("asking");
                api.call(request)
            }, if self.tries < 3 => note(reply),
            _ = self.limit.tick() => {}
        }
    }

    pub async fn borrows(&mut self, slots: Slots) {
        tokio::select! {
            _ = {
                let queue = &mut self.queue;
                async move { run_job(queue.pop_front()).await }
            }, if slots.are_free() => {}
            _ = self.limit.tick() => {}
        }
    }

    pub async fn asks_itself(&mut self, slots: Slots) {
        tokio::select! {
            _ = {
                if !self.queue.is_empty() {
                    self.queue.pop_front();
                }
                slots.free()
            }, if !self.queue.is_empty() => {}
            _ = self.limit.tick() => {}
        }
    }

    // Without a condition, the branch is meant to be evaluated.
    pub async fn always(&mut self, mut api: Api) {
        tokio::select! {
            reply = {
                self.tries += 1;
                api.call(self.tries)
            } => note(reply),
            _ = self.limit.tick() => {}
        }
    }
}
