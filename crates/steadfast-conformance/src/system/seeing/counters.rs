//! Counters, and that looking holds nothing.

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::{Builder, current_deadline, tree};

use super::json::read;
use super::open_at_end;
use crate::probe::{Gate, Tally, yield_once};

const HOUR: Duration = Duration::from_secs(3600);

crate::suite::cases! {
    system_seeing_counters_tests in system;

    /// At each moment it can be read how many children are alive, how many of them wait for a place, and what time is left.
    ///
    /// Which of the others could run at this moment is the runtime's to know.
    #[case("system/counters-are-right", capability(Timers), laws = [281])]
    fn counters_are_right<S>(fx: &Fixture<S>) {
        let (rt, go, begun) = (fx.runtime(), Gate::new(), Tally::new());
        fx.block_on(Builder::on(&rt).limit(2).deadline(HOUR).run(async |n| {
            let _opens = open_at_end(&go);
            assert_eq!((n.len(), n.is_empty(), n.tree().len()), (0, true, 1));
            for _ in 0..5 {
                let (begins, wait) = (begun.clone(), go.wait());
                n.spawn(async move {
                    begins.add();
                    wait.await;
                });
            }
            begun.reached(2).await;
            let items = read(&n.tree().to_json());
            let phase = |wanted: &str| items[1..].iter().filter(|item| item.state == wanted).count();
            assert_eq!((n.len(), phase("running"), phase("waiting to run")), (5, 2, 3));
            let left = current_deadline().expect("it has a deadline").duration_since(rt.now());
            assert!(left > Duration::ZERO && left <= HOUR);
            assert!(items[0].deadline_ms.is_some_and(|left| left > 0 && left <= 3_600_000));
            go.open();
            while !n.is_empty() {
                yield_once().await;
            }
            assert_eq!((n.len(), n.tree().len(), begun.count()), (0, 1, 5));
        }));
    }

    /// Trees that somebody keeps hold nothing of what they show, and what is gone is in no later tree.
    #[case("system/tree-keeps-nothing-alive", must, laws = [284])]
    fn tree_keeps_nothing_alive<S>(fx: &Fixture<S>) {
        const NAME: &str = "the one that is looked for";
        let (shared, go, begun) = (Arc::new(()), Gate::new(), Gate::new());
        let (held, begins, wait) = (Arc::clone(&shared), begun.clone(), go.wait());
        let kept = fx.block_on(Builder::on(&fx.runtime()).name(NAME).run(async |n| {
            n.spawn(async move {
                let _held = held;
                begins.open();
                wait.await;
            });
            begun.wait().await;
            let kept = [n.tree(), tree()];
            go.open();
            kept
        }));
        assert_eq!(kept.each_ref().map(|tree| tree.to_string().contains(NAME)), [true, true]);
        assert_eq!(Arc::strong_count(&shared), 1, "looking keeps a child alive");
        let now = tree().to_string();
        assert!(!now.contains(NAME), "it has returned, and is in the tree:\n{now}");
    }
}
