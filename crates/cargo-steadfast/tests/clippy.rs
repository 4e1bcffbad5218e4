//! Clippy, with the configuration that is shipped, reports what is planted, where it is planted.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A marker names the lint that the configuration feeds.
const PLANTED: &str = r#"
use std::time::Duration;
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{Mutex, RwLock};
use tokio::task as tasks;

pub async fn spawns(handle: &tokio::runtime::Handle, runtime: &tokio::runtime::Runtime) {
    let a = tasks::spawn(work()); //~ disallowed_methods
    a.abort(); //~ disallowed_methods
    let b = tasks::spawn_local(work()); //~ disallowed_methods
    let c = handle.spawn(work()); //~ disallowed_methods
    let d = runtime.spawn(work()); //~ disallowed_methods
    _ = (a.await, b.await, c.await, d.await);
}

pub async fn cuts(io: &mut DuplexStream) {
    let mut head = [0; 2];
    let late = tokio::time::timeout(Duration::ZERO, io.read_exact(&mut head)).await.is_err(); //~ disallowed_methods
    io.write_all(&head).await.unwrap(); //~ disallowed_methods
    tokio::select! { //~ disallowed_macros
        () = work() => {}
        () = work(), if late => {}
    }
}

pub async fn starves() {
    let mut both = stream::iter([1, 2]).map(|_| work()).buffered(2); //~ disallowed_methods
    let mut any = stream::iter([1, 2]).map(|_| work()).buffer_unordered(2); //~ disallowed_methods
    _ = (both.next().await, any.next().await);
}

pub async fn holds(mutex: &Mutex<u32>, lock: &RwLock<u32>) -> u32 {
    let one = mutex.lock().await; //~ await_holding_invalid_type
    let two = lock.read().await; //~ await_holding_invalid_type
    let three = *lock.write().await;
    work().await;
    *one + *two + three
}

pub fn blocks(handle: &tokio::runtime::Handle) {
    handle.block_on(work()); //~ disallowed_methods
}

/// Nothing is wrong with it.
pub async fn work() {
    tokio::task::yield_now().await;
}
"#;

type Places = BTreeSet<(usize, String)>;

#[test]
fn clippy_reports_what_the_configuration_is_for() {
    let package = package();
    let mut command = Command::new(env::var_os("CARGO").expect("cargo runs the tests"));
    let output = command
        .current_dir(&package)
        .args(["clippy", "--offline", "--quiet", "--message-format=json"])
        // The lints are turned on as the configuration says that they are to be.
        .args([
            "--",
            "-Wclippy::disallowed_methods",
            "-Wclippy::disallowed_macros",
        ])
        .env("CARGO_TARGET_DIR", package.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let messages = String::from_utf8(output.stdout).expect("it prints JSON");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "is clippy there? `rustup component add clippy`\n{errors}"
    );
    let found: Places = messages.lines().filter_map(reported).collect();
    let planted: Places = (1..)
        .zip(PLANTED.lines())
        .filter_map(|(line, text)| Some((line, text.split_once("//~ ")?.1.to_owned())))
        .collect();
    assert_eq!(found, planted);
}

/// A package with the configuration beside its manifest, and the versions of this workspace.
fn package() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted");
    let write = |name: &str, text: &str| {
        fs::create_dir_all(package.join("src")).expect("a directory for tests");
        fs::write(package.join(name), text).expect("the package is written");
    };
    let read = |path: &Path| fs::read_to_string(path).expect("it is in the repository");
    write(
        "Cargo.toml",
        r#"
        [package]
        name = "planted"
        version = "0.0.0"
        edition = "2024"

        [dependencies]
        futures-util = "0.3"
        tokio = { version = "1", features = ["io-util", "macros", "rt", "sync", "time"] }

        [workspace]
        "#,
    );
    write("Cargo.lock", &read(&here.join("../../Cargo.lock")));
    write("clippy.toml", &read(&here.join("clippy.toml")));
    write("src/lib.rs", PLANTED);
    package
}

/// The line and the lint of a message of clippy's, if it is of the planted code and not of a macro that it calls.
fn reported(message: &str) -> Option<(usize, String)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let message = message.get("message")?;
    let lint = message["code"]["code"].as_str()?;
    let span = &message["spans"][0];
    let line = span["line_start"].as_u64()?;
    let lint = lint.strip_prefix("clippy::").unwrap_or(lint);
    let place = (usize::try_from(line).ok()?, lint.to_owned());
    (span["file_name"] == "src/lib.rs").then_some(place)
}
