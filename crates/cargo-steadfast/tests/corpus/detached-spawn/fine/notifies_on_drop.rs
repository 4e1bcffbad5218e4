pub fn apply(plan: Plan, notify_on_drop: Arc<NotifyOnDrop>) {
    for node in plan.nodes() {
        let notify_on_drop = notify_on_drop.clone();
        tokio::spawn(async move {
            node.apply().await;
            drop(notify_on_drop);
        });
    }
}
