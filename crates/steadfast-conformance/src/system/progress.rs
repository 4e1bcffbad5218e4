//! Nothing is starved by its consumer: what has started moves on while a body or a handler awaits something else.

use steadfast_core::Builder;

use super::ledger::CleanUp;
use crate::probe::{Gate, Tally, yield_once};

crate::suite::cases! {
    system_progress_tests in system;

    /// Children move on while the body, in the middle of handling what one of them brought, awaits something else.
    #[case("system/children-advance-while-the-body-awaits", must, laws = [])]
    fn children_advance_while_the_body_awaits<S>(fx: &Fixture<S>) {
        let (brought, checked) = (Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (brings, checks) = (brought.clone(), checked.clone());
            n.spawn(async move {
                for item in 1..=ITEMS {
                    brings.add();
                    // Only the other child lets this one go on, never the body.
                    checks.reached(item).await;
                }
            });
            let (brings, checks) = (brought.clone(), checked.clone());
            n.spawn(async move {
                for item in 1..=ITEMS {
                    brings.reached(item).await;
                    checks.add();
                }
            });
            brought.reached(1).await;
            // Handles the first item: this ends only if all the others come meanwhile.
            checked.reached(ITEMS).await;
            assert_eq!(brought.count(), ITEMS);
        }));
    }

    /// The clean-up of a guard that was dropped moves on while the body, or the child, that dropped it awaits something else.
    #[case("system/clean-ups-advance-while-the-body-awaits", must, laws = [])]
    fn clean_ups_advance_while_the_body_awaits<S>(fx: &Fixture<S>) {
        async fn await_own_clean_ups() {
            let (cleaned, gates) = (Tally::new(), [Gate::new(), Gate::new()]);
            for gate in &gates {
                let (cleaned, gate) = (cleaned.clone(), gate.clone());
                drop(CleanUp::guard(move || async move {
                    gate.wait().await;
                    yield_once().await;
                    cleaned.add();
                }));
            }
            for (gate, count) in gates.iter().zip(1..) {
                gate.open();
                // Not the clean-ups' queue is awaited, but what they do.
                cleaned.reached(count).await;
            }
        }
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn(await_own_clean_ups());
            await_own_clean_ups().await;
        }));
    }
}

const ITEMS: usize = 100;
