mod rt {
    pub use tokio::spawn;
}

use crate::rt::spawn;

pub fn report(metrics: Metrics) {
    let _ = spawn(async move { metrics.push().await }); //~ detached-spawn
}
