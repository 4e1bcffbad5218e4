//! Blocking scopes on the simulator, where one thread does everything.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use steadfast_core::{Builder, yield_now};
use steadfast_sim::Sim;

#[test]
fn children_borrow_whatever_the_order() {
    for seed in 0..20 {
        let sim = Sim::new(seed);
        let mut values = [0; 5];
        let outcome = Builder::on(&sim.handle()).block_scope(&sim, async |s| {
            for (index, value) in values.iter_mut().enumerate() {
                s.spawn(async move {
                    for _ in 0..index {
                        yield_now().await;
                        *value += 1;
                    }
                });
            }
        });
        outcome.expect("this thread may block");
        assert_eq!(values, [0, 1, 2, 3, 4]);
    }
}

struct CountDrops<'a>(&'a AtomicUsize);

impl Drop for CountDrops<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The simulator gives up: the call ends the children and goes on with that panic, rather than wait for them for ever.
#[test]
fn deadlock_of_a_child_is_told_and_ends_the_borrow() {
    let (sim, drops) = (Sim::new(7), AtomicUsize::new(0));
    let stuck = catch_unwind(AssertUnwindSafe(|| {
        let outcome = Builder::on(&sim.handle()).block_scope(&sim, async |s| {
            let guard = CountDrops(&drops);
            s.spawn(async {
                let _guard = guard;
                pending::<()>().await;
            });
        });
        drop(outcome);
    }));
    let text = stuck.expect_err("nobody can go on");
    let text = text.downcast_ref::<String>().expect("a panic with a text");
    assert!(text.contains("deadlock"), "{text}");
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[test]
fn inside_a_poll_it_is_refused() {
    let sim = Sim::new(7);
    let refused = steadfast_core::Entry::block_on(&sim, async {
        Builder::on(&sim.handle()).block_scope(&sim, async |_| ())
    });
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("inside a poll of this simulator"), "{text}");
}
