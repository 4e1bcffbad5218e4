//! The forms, and which faults each survives.

use std::io;
use std::sync::Arc;

use kv_shared::Summary;
use steadfast::async_std::AsyncStd;
use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;

use crate::faulty::Faulty;
use crate::server::{Ended, Start};

/// What may happen to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Killed,
    Error,
    Panic,
    InFlight,
    CleanUp,
}

/// A form of the server.
pub(crate) struct Form {
    /// Runs it, on a runtime of its own, until both have ended.
    pub(crate) run: fn(Start) -> io::Result<Ended>,
    survives: &'static [Fault],
}

impl Form {
    pub(crate) fn survives(&self, fault: Fault) -> bool {
        self.survives.contains(&fault)
    }
}

const ALL: &[Fault] = &[
    Fault::Killed,
    Fault::Error,
    Fault::Panic,
    Fault::InFlight,
    Fault::CleanUp,
];

/// A form that runs on tokio, by the runtime of the package that it takes for tokio.
macro_rules! on_tokio {
    ($form:ident, $package:ident, $tokio:ident, $survives:expr) => {
        pub(crate) fn $form() -> Form {
            fn run(start: Start) -> io::Result<Ended> {
                let runtime = $tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()?;
                runtime.block_on(async {
                    let listener = tokio::net::TcpListener::from_std(start.listener)?;
                    let store = $package::Blocking::new(start.database);
                    let store = Arc::new(Faulty::new(store, &start.script));
                    let served = $package::serve(listener, store, start.limits, start.shutdown);
                    let summary = served.await?;
                    Ok(start.script.ended(summary))
                })
            }
            Form {
                run,
                survives: $survives,
            }
        }
    };
}

on_tokio!(raw, kv_raw, tokio, &[]);
on_tokio!(step0, kv_step0, compat, &[]);
on_tokio!(step1, kv_step1, compat, &[Fault::Killed]);
on_tokio!(step2, kv_step2, compat, &[Fault::Killed, Fault::Error]);
on_tokio!(step3, kv_step3, compat, ALL);

/// The ported form, on any runtime.
async fn ported(start: Start) -> io::Result<Ended> {
    let listener = async_io::Async::new(start.listener)?;
    let store = kv_ported::Blocking::new(start.database);
    let store = Arc::new(Faulty::new(store, &start.script));
    let served = kv_ported::serve(listener, store, start.limits, start.shutdown);
    let summary: Summary = served.await?;
    Ok(start.script.ended(summary))
}

pub(crate) fn ported_tokio() -> Form {
    Form {
        run: |start| steadfast::block_on(&TokioRuntime::new()?, ported(start)),
        survives: ALL,
    }
}

pub(crate) fn ported_smol() -> Form {
    Form {
        run: |start| steadfast::block_on(&SmolRuntime::new()?, ported(start)),
        survives: ALL,
    }
}

pub(crate) fn ported_async_std() -> Form {
    Form {
        run: |start| steadfast::block_on(&AsyncStd, ported(start)),
        survives: ALL,
    }
}
