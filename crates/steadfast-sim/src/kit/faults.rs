//! The record of what went wrong, which no `catch_unwind` can empty.

use std::sync::{Arc, Mutex, PoisonError};

/// What went wrong in a case, wherever it was noticed. Clones share the record.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    record: Arc<Mutex<Record>>,
}

#[derive(Debug, Default)]
struct Record {
    texts: Vec<String>,
    orders: Vec<Order>,
}

#[derive(Debug)]
struct Order {
    reached: usize,
    last: usize,
}

impl Faults {
    /// Writes `text` down; the case fails with it.
    pub fn report(&self, text: impl Into<String>) {
        self.with(|record| record.texts.push(text.into()));
    }

    /// Writes `text` down unless `holds`.
    pub fn expect(&self, holds: bool, text: &str) {
        if !holds {
            self.report(text);
        }
    }

    /// An order of `last` steps, all of which must be reached, one after the other.
    #[must_use]
    pub fn steps(&self, last: usize) -> Steps {
        let order = self.with(|record| {
            record.orders.push(Order { reached: 0, last });
            record.orders.len() - 1
        });
        Steps {
            faults: self.clone(),
            order,
        }
    }

    /// Everything that is wrong by now, with the orders that did not reach their last step.
    #[must_use]
    pub fn list(&self) -> Vec<String> {
        self.with(|record| {
            let unfinished = record
                .orders
                .iter()
                .filter(|order| order.reached < order.last);
            let missing = unfinished.map(|order| {
                format!(
                    "only {} of {} steps were reached",
                    order.reached, order.last
                )
            });
            record.texts.iter().cloned().chain(missing).collect()
        })
    }

    fn with<R>(&self, f: impl FnOnce(&mut Record) -> R) -> R {
        f(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Numbered expectations in concurrent code. Out of order, or the last one missing, and the case fails, whatever became of
/// the task that noticed.
#[derive(Clone, Debug)]
pub struct Steps {
    faults: Faults,
    order: usize,
}

impl Steps {
    /// Reaches step `number`, counted from one.
    pub fn reach(&self, number: usize) {
        self.faults.with(|record| {
            let order = &mut record.orders[self.order];
            order.reached += 1;
            if order.reached != number {
                let text = format!("step {number} came as number {}", order.reached);
                record.texts.push(text);
            }
        });
    }
}
