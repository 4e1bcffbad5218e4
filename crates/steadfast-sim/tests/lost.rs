//! A clean-up that nobody can run fails the trial.
//!
//! Dropped outside of every task, a guard is handed to the newest root of the process: that of another test, if one runs. Which is
//! why this test has a process of its own.

use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::Mutex;

use steadfast_core::{AsyncDrop, AsyncDropGuard};
use steadfast_sim::kit::Trials;

struct Connection;

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {}
}

#[test]
fn cleanup_that_is_lost_is_named() {
    let payload = catch_unwind(|| {
        let trials = Trials::new().world(|| Mutex::new(None));
        // The guard leaves the scenario, and is dropped with the world, when there is no root any more.
        trials.run(
            async |trial| {
                let guard = AsyncDropGuard::new(Connection);
                *trial.world().lock().unwrap() = Some(guard);
            },
            |_| {},
        );
    });
    let text = payload.expect_err("a clean-up is lost");
    let text = text.downcast::<String>().expect("a panic with words");
    let lost = "something was lost:\n  lost the async clean-up of a `lost::Connection` guarded at ";
    assert!(text.contains(lost), "{text}");
}
