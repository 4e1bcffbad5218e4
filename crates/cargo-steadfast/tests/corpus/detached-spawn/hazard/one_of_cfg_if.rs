cfg_if::cfg_if! {
    if #[cfg(feature = "sharded")] {
        use shards::Store;

        pub fn start(store: Store) {
            tokio::spawn(store.compact()); //~ detached-spawn
        }
    } else if #[cfg(test)] {
        pub fn start(store: Fake) {
            tokio::spawn(store.compact());
        }
    } else {
        pub fn start(store: Plain) {
            tokio::spawn(store.compact()); //~ detached-spawn
        }
    }
}

pub fn watch(signals: Signals) {
    cfg_if::cfg_if! {
        if #[cfg(unix)] {
            let watcher = signals.unix();
            tokio::spawn(watcher.run()); //~ detached-spawn
        } else {
            drop(signals);
        }
    }
}
