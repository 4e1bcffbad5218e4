//! What users rely on, end to end through the facade, on all enabled runtimes where that works.
//!
//! A test whose outcome depends on which roots are open in the process, or that reads what is process-wide (the report hook,
//! `lost()`), goes through [`alone`].

use std::process::Command;

mod draining;
mod dropped;
mod natively;
mod nested_roots;
mod owned_tasks;
mod plain_tasks;
mod process;
mod spans;
mod two_runtimes;

/// Runs `test`, which is called `name`, in a process of its own.
fn alone(name: &str, test: impl FnOnce()) {
    const MARK: &str = "STEADFAST_ALONE";
    if std::env::var(MARK).is_ok_and(|chosen| chosen == name) {
        return test();
    }
    let own = std::env::current_exe().expect("a path to this program");
    let run = Command::new(own)
        .args([name, "--exact", "--nocapture"])
        .env(MARK, name)
        .output()
        .expect("this program runs");
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&run.stderr)
    );
}
