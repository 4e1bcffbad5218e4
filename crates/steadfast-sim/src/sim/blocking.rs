//! Blocking work: real threads, which the simulator waits for as long as it can tell that they get on.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use steadfast_core::Refused;

use super::state::Shared;
use crate::kit::OnDrop;

/// How long, in real time, blocking work that has just begun is waited for before the next step. What ends within it is in
/// the same place in every run.
pub(super) const TURN: Duration = Duration::from_millis(20);

impl Shared {
    /// Runs `work` on a thread of its own. The clock stands still until it is over.
    pub(super) fn spawn_blocking<W>(self: &Arc<Self>, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        {
            let mut state = self.lock();
            if state.closed {
                drop(state);
                return Err(Refused::new(work));
            }
            state.blocking += 1;
            state.schedule.forget_draws();
            state.fresh = true;
        }
        let shared = Arc::clone(self);
        // However it ends, by a panic too.
        let over = OnDrop::new(move || {
            shared.lock().blocking -= 1;
            shared.tell();
        });
        thread::spawn(move || {
            let _over = over;
            work();
        });
        Ok(())
    }
}
