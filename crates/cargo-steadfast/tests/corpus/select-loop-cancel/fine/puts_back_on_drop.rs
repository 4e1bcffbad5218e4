pub struct Pool {
    idle: VecDeque<Connection>,
    returned: Returned,
    config: Config,
}

impl Pool {
    async fn query(&mut self) -> Option<Rows> {
        let mut connection = Returns::new(self.idle.pop_front()?, &self.returned);
        Some(connection.query().await)
    }

    async fn ping(&mut self) -> Option<()> {
        if let Some(connection) = Some(Lent(self.idle.pop_front()?, self.returned.clone())) {
            connection.ping().await;
        }
        Some(())
    }

    async fn warm(&mut self) -> Option<()> {
        warm(Returns::new(self.idle.pop_front()?, &self.returned)).await;
        Returns::new(self.idle.pop_front()?, &self.returned).check().await
    }
}

pub async fn run(mut pool: Pool, mut commands: Receiver<Command>) {
    loop {
        tokio::select! {
            rows = pool.query() => show(rows),
            _ = pool.ping() => {}
            _ = pool.warm() => {}
            Some(command) = commands.recv() => apply(command),
        }
    }
}
