//! One nursery that serves very many short children: its memory follows those that live at the same time.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use steadfast_core::{Builder, Entry, Runtime, yield_now};

/// How many live at the same time.
const BATCH: usize = 1_000;

/// How much more memory the process may have at the end than after a tenth: what allocators keep for themselves.
const SLACK: usize = 16 << 20;

/// Serves `children`, and says what is wrong afterwards.
pub(crate) fn run<R: Runtime>(children: usize, runtime: &R, entry: &impl Entry) -> Vec<String> {
    let ended = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&ended);
    let (mut early, mut most) = (None, 0);
    entry.block_on(Builder::on(runtime).run(async |n| {
        for batch in 0..children / BATCH {
            for _ in 0..BATCH {
                let ended = Arc::clone(&counts);
                n.spawn(async move {
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
            while !n.is_empty() {
                yield_now().await;
            }
            most = most.max(n.tree().len());
            if batch == children / BATCH / 10 {
                early = resident();
            }
        }
    }));
    let mut wrong = Vec::new();
    let ended = ended.load(Ordering::SeqCst);
    if ended != children / BATCH * BATCH {
        wrong.push(format!("{ended} of {children} children have run"));
    }
    if most != 1 {
        wrong.push(format!(
            "{most} lines in the tree of a nursery without children"
        ));
    }
    let grown = resident()
        .zip(early)
        .map(|(late, early)| late.saturating_sub(early));
    if let Some(grown) = grown.filter(|grown| *grown > SLACK) {
        wrong.push(format!(
            "{grown} bytes more after {children} children than after a tenth of them"
        ));
    }
    wrong
}

/// The memory of this process, in bytes, where the system tells.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: usize = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}
