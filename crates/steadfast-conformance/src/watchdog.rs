//! One case on one subject, on a plain thread that nobody has to wait for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use steadfast_core::Runtime;

use crate::interrupted::{self, Break};
use crate::probe::Faults;
use crate::suite::Case;
use crate::{Fixture, Subject, subject};

/// Runs `case` against a fresh runtime.
///
/// # Errors
///
/// Why it failed: what it panicked with, what the probes noticed, or that it hung. A case that hangs keeps its thread.
pub(crate) fn run<S: Subject>(case: &Case<S::Runtime>, limit: Duration) -> Result<(), String> {
    let (news, progress) = channel();
    let body = case.body;
    let thread = thread::Builder::new().name(case.info.id.to_owned());
    let thread = thread.spawn(move || {
        let ended = catch_unwind(AssertUnwindSafe(|| {
            subject::with::<S, _>(|fixture| run_body(fixture, body, &news))
        }));
        // The receiver is gone if the case was given up.
        let _ = news.send(News::Ended(ended.map_err(|payload| words(&*payload))));
    });
    let thread = thread.map_err(|error| format!("no thread for the case: {error}"))?;
    verdict(&progress, Instant::now() + limit, limit)?;
    // It has said that it is at its end. Whoever ends the process after this case leaves no thread behind.
    thread
        .join()
        .map_err(|_| "the thread of the case broke off".to_owned())
}

/// Runs `case` again and again, broken off in this `way`.
///
/// # Errors
///
/// What was not as it must be, or that one of the runs took longer than `limit`, with the live tree.
pub(crate) fn run_broken<S: Subject>(
    case: &Case<S::Runtime>,
    way: Break,
    limit: Duration,
) -> Result<(), String> {
    let (news, progress) = channel();
    let case = Case {
        info: case.info,
        body: case.body,
    };
    thread::spawn(move || {
        // The receiver is gone if the case was given up.
        let begun = |trial: String| _ = news.send(Trial::Begins(trial));
        let ended = catch_unwind(AssertUnwindSafe(|| {
            interrupted::run::<S>(&case, way, begun)
        }));
        let _ = news.send(Trial::WasLast(
            ended.unwrap_or_else(|payload| Err(words(&*payload))),
        ));
    });
    let mut current = "before its first trial".to_owned();
    loop {
        match progress.recv_timeout(limit) {
            Ok(Trial::Begins(trial)) => current = trial,
            Ok(Trial::WasLast(result)) => return result,
            Err(_) => {
                return Err(format!("hung, {current}, {}", live_tree()));
            }
        }
    }
}

enum Trial {
    Begins(String),
    WasLast(Result<(), String>),
}

/// The body's end is reported before the runtime is taken down, because taking down a runtime whose case has failed may hang,
/// and the failure says more than the hang.
fn run_body<R: Runtime>(fixture: &Fixture<R>, body: fn(&Fixture<R>), news: &Sender<News>) {
    let body = catch_unwind(AssertUnwindSafe(|| body(fixture)));
    let _ = news.send(News::Body(
        body.map_err(|payload| words(&*payload)),
        fixture.faults(),
    ));
}

enum News {
    Body(Result<(), String>, Faults),
    Ended(Result<(), String>),
}

fn verdict(progress: &Receiver<News>, deadline: Instant, limit: Duration) -> Result<(), String> {
    let hung = |what: &str| {
        format!(
            "hung: {what} did not end within {} s, {}",
            limit.as_secs_f32(),
            live_tree()
        )
    };
    let faults = match next(progress, deadline).ok_or_else(|| hung("the case"))? {
        News::Body(result, faults) => {
            judge(result, &faults)?;
            faults
        }
        News::Ended(result) => return Err(format!("the subject could not be set up: {result:?}")),
    };
    match next(progress, deadline).ok_or_else(|| hung("taking the runtime down after the case"))? {
        News::Ended(result) => judge(
            result.map_err(|text| format!("taking the runtime down: {text}")),
            &faults,
        ),
        News::Body(..) => Err("the subject ran the case twice".to_owned()),
    }
}

/// What is alive. Whoever hangs may hold what that takes, and is reported all the same.
fn live_tree() -> String {
    let (done, drawn) = channel();
    thread::spawn(move || _ = done.send(steadfast_core::tree().to_string()));
    match drawn.recv_timeout(DRAWN_WITHIN) {
        Ok(tree) => format!("with this tree:\n{tree}"),
        Err(_) => format!("and its tree could not be drawn within {DRAWN_WITHIN:?}"),
    }
}

const DRAWN_WITHIN: Duration = Duration::from_secs(10);

fn next(progress: &Receiver<News>, deadline: Instant) -> Option<News> {
    match progress.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(news) => Some(news),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => {
            unreachable!("the thread reports its end in any case")
        }
    }
}

fn judge(result: Result<(), String>, faults: &Faults) -> Result<(), String> {
    let mut texts = faults.list();
    texts.sort();
    texts.dedup();
    texts.splice(0..0, result.err());
    if texts.is_empty() {
        Ok(())
    } else {
        Err(texts.join("; "))
    }
}

/// What a panic said.
pub(crate) fn words(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without words")
        .to_owned()
}
