//! Whether this thread has slept between two moments.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::BLOCKING_AFTER;

/// A moment on this thread.
pub(super) enum Meter {
    /// The voluntary switches of the thread by then.
    Switches(u64),
    Time(Instant),
}

impl Meter {
    pub(super) fn start() -> Self {
        match counts_switches().then(switches).flatten() {
            Some(switches) => Self::Switches(switches),
            None => Self::Time(Instant::now()),
        }
    }

    /// What shows that the thread has blocked since, if it has.
    pub(super) fn blocked(&self) -> Option<String> {
        match *self {
            Self::Switches(before) => {
                let times = switches()?.saturating_sub(before);
                (times > 0).then(|| format!("it gave up the processor {times} times by itself"))
            }
            Self::Time(since) => {
                let took = since.elapsed();
                (took > BLOCKING_AFTER).then(|| format!("it took {took:?}"))
            }
        }
    }
}

/// Whether the system counts. Some sandboxes have the file and leave the number at zero; so a thread is put to sleep once.
fn counts_switches() -> bool {
    static COUNTS: OnceLock<bool> = OnceLock::new();
    *COUNTS.get_or_init(|| {
        let sleeper = std::thread::spawn(|| {
            let before = switches()?;
            std::thread::sleep(Duration::from_millis(1));
            Some(switches()? > before)
        });
        matches!(sleeper.join(), Ok(Some(true)))
    })
}

#[cfg(target_os = "linux")]
use self::linux::switches;

#[cfg(not(target_os = "linux"))]
fn switches() -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    thread_local! {
        /// Stays that of the thread that has opened it.
        static STATUS: Option<File> = File::open("/proc/thread-self/status").ok();
    }

    /// How often this thread has given up the processor of its own accord. To read it does not.
    pub(super) fn switches() -> Option<u64> {
        let mut text = [0; 4096];
        let length = STATUS
            .try_with(|status| status.as_ref()?.read_at(&mut text, 0).ok())
            .ok()??;
        let text = std::str::from_utf8(&text[..length]).ok()?;
        let (_, count) = text.split_once("\nvoluntary_ctxt_switches:")?;
        count.split_whitespace().next()?.parse().ok()
    }
}
