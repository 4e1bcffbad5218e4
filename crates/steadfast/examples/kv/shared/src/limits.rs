//! How much of what the server gives to its clients.

use std::time::Duration;

/// The limits of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many clients are served at once. Others wait to be accepted.
    pub connections: usize,
    /// How long a request may take before it is given up, where that is possible.
    pub request: Duration,
    /// How long a client may be silent, or leave a reply unread, before it is sent away.
    pub idle: Duration,
    /// How long a client may hold up the end of the server.
    pub drain: Duration,
    /// How often the log of the database is folded into its file.
    pub checkpoint: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            request: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            checkpoint: Duration::from_secs(10),
        }
    }
}
