//! Detached: a program that has sessions open returns from `main`; each session still has to say goodbye.
//!
//! The program is this one, started again as a process of its own, because only the end of a process is a real shutdown for
//! runtimes with a global executor. It prints a line for each session that opened and for each goodbye that was said.

use std::fmt;
use std::pin::Pin;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use async_channel::{Receiver, Sender};
use steadfast::{AsyncDrop, AsyncDropGuard, nursery};

use crate::args;
use crate::runtime::Runtime;
use crate::scenario::{Failure, Observation, Scenario, Side};

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "shutdown",
    title: "Detached: a program with open sessions was told to shut down, and its process has ended",
    raw,
    steadfast,
};

struct Seen {
    opened: usize,
    cleaned_up: usize,
    exit: bool,
}

impl Observation for Seen {
    fn is_clean(&self) -> bool {
        self.exit && self.opened == SESSIONS && self.cleaned_up == SESSIONS
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen {
            opened,
            cleaned_up,
            exit,
        } = self;
        write!(f, "{opened} sessions opened, {cleaned_up} cleaned up")?;
        if *exit {
            Ok(())
        } else {
            f.write_str(", process failed")
        }
    }
}

fn raw(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    observe(runtime, Side::Raw)
}

fn steadfast(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    observe(runtime, Side::Steadfast)
}

/// Starts the program and counts what it did until its process had ended.
fn observe(runtime: Runtime, side: Side) -> Result<Box<dyn Observation>, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .args([args::SERVICE, runtime.name(), side.name()])
        .stderr(Stdio::inherit())
        .output()?;
    let printed = String::from_utf8(output.stdout)?;
    let count = |line: &str| printed.lines().filter(|printed| *printed == line).count();
    Ok(Box::new(Seen {
        opened: count(OPENED),
        cleaned_up: count(CLEANED_UP),
        exit: output.status.success(),
    }))
}

/// The `main` of the program.
pub(crate) fn run_service(runtime: Runtime, side: Side) -> ExitCode {
    match side {
        Side::Raw => runtime.block_on(raw_service(runtime)),
        Side::Steadfast => runtime.run_steadfast(steadfast_service(runtime)),
    }
    ExitCode::SUCCESS
}

async fn raw_service(runtime: Runtime) {
    serve(|desk| runtime.spawn_detached(raw_session(runtime, desk))).await;
}

async fn steadfast_service(runtime: Runtime) {
    nursery(async |n| {
        serve(|desk| {
            n.spawn(steadfast_session(runtime, desk));
        })
        .await;
    })
    .await;
}

async fn raw_session(runtime: Runtime, desk: Desk) {
    let _session = RawSession(Session::open(runtime));
    desk.attend().await;
}

async fn steadfast_session(runtime: Runtime, desk: Desk) {
    let _session = AsyncDropGuard::new(Session::open(runtime));
    desk.attend().await;
}

struct Session {
    runtime: Runtime,
}

impl Session {
    fn open(runtime: Runtime) -> Session {
        println!("{OPENED}");
        Session { runtime }
    }
}

/// With the raw runtime, the destructor starts the clean-up as a task, as a destructor cannot wait.
struct RawSession(Session);

impl Drop for RawSession {
    fn drop(&mut self) {
        let Session { runtime } = self.0;
        // steadfast: allow(spawn-in-drop, reason = "the failure that the demonstration shows")
        runtime.spawn_detached(say_goodbye(runtime));
    }
}

impl AsyncDrop for Session {
    async fn async_drop(self: Pin<&mut Self>) {
        say_goodbye(self.runtime).await;
    }
}

/// The clean-up: takes a moment, as anything does that a peer must confirm.
async fn say_goodbye(runtime: Runtime) {
    runtime.sleep(Duration::from_millis(50)).await;
    println!("{CLEANED_UP}");
}

/// Starts the sessions, tells them to end once all are open, and returns.
async fn serve(start: impl Fn(Desk)) {
    let (shutdown, told) = async_channel::bounded(1);
    let (opened, all_open) = async_channel::bounded(SESSIONS);
    for _ in 0..SESSIONS {
        start(Desk {
            opened: opened.clone(),
            told: told.clone(),
        });
    }
    for _ in 0..SESSIONS {
        let _ = all_open.recv().await;
    }
    shutdown.close();
}

/// A session's connection to the program.
struct Desk {
    opened: Sender<()>,
    told: Receiver<()>,
}

impl Desk {
    /// Says that the session is open, and waits until it is told to end.
    async fn attend(self) {
        let _ = self.opened.send(()).await;
        let _ = self.told.recv().await;
    }
}

const SESSIONS: usize = 5;
const OPENED: &str = "session opened";
const CLEANED_UP: &str = "session cleaned up";
