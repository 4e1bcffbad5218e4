use std::collections::VecDeque;

pub struct Worker {
    queue: VecDeque<Job>,
    tries: u32,
    spare: Vec<u8>,
    limit: tokio::time::Interval,
}

impl Worker {
    pub async fn counts(&mut self, mut api: Api) {
        tokio::select! {
            reply = { //~ select-precondition-eager
                self.tries += 1;
                api.call(self.tries)
            }, if self.tries < 3 => note(reply),
            _ = self.limit.tick() => {}
        }
    }

    pub async fn takes(&mut self, slots: Slots) {
        tokio::select! {
            _ = { //~ select-precondition-eager
                let job = self.queue.pop_front();
                run_job(job)
            }, if slots.are_free() => {}
            _ = self.limit.tick() => {}
        }
    }

    pub async fn clears(&mut self, mut conn: Conn, open: bool) {
        tokio::select! {
            read = { //~ select-precondition-eager
                self.spare.clear();
                conn.read_buf(&mut self.spare)
            }, if open => note(read),
            _ = self.limit.tick() => {}
        }
    }

    pub async fn borrows(&mut self, slots: Slots) {
        tokio::select! {
            _ = { //~ select-precondition-eager
                let queue = &mut self.queue;
                queue.clear();
                slots.free()
            }, if slots.are_used() => {}
            _ = self.limit.tick() => {}
        }
    }

    pub async fn asks_something_else(&mut self, slots: Slots) {
        tokio::select! {
            _ = { //~ select-precondition-eager
                if let Some(job) = self.queue.front_mut() {
                    job.tries = 0;
                }
                slots.free()
            }, if slots.are_used() => {}
            _ = self.limit.tick() => {}
        }
    }

    pub async fn prepares(&mut self, slots: Slots) {
        tokio::select! {
            _ = { //~ select-precondition-eager
                if self.tries > 0 {
                    self.limit.reset();
                }
                slots.free()
            }, if slots.are_used() => {}
            _ = self.limit.tick() => {}
        }
    }
}

pub async fn asserts(mut source: Option<Source>, mut tick: Interval) {
    tokio::select! {
        item = { //~ select-precondition-eager
            let Some(source) = source.as_mut() else {
                unreachable!("asked before");
            };
            source.next()
        }, if source.is_some() => note(item),
        _ = tick.tick() => {}
    }
}
