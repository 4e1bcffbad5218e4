//! Errors for the cases.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use steadfast_core::{Builder, Cancelled, Runtime};

/// An error with a cause, into which a request turns by `?`.
#[derive(Debug, PartialEq)]
pub(super) struct Mistake(pub(super) &'static str);

impl From<Cancelled> for Mistake {
    fn from(_: Cancelled) -> Self {
        Self("cancelled")
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Mistake {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&Cause)
    }
}

#[derive(Debug)]
pub(super) struct Cause;

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cause")
    }
}

impl Error for Cause {}

pub(super) type BoxError = Box<dyn Error + Send>;

/// The error of a nursery in a nursery in a nursery. The innermost counts how often it is asked for its text.
pub(super) async fn nested<R: Runtime>(
    runtime: R,
    depth: usize,
    asked: Arc<AtomicUsize>,
) -> BoxError {
    let mut error: BoxError = Box::new(Counts(asked));
    for _ in 0..depth {
        let result = Builder::on(&runtime)
            .try_run(async |n| {
                n.spawn(async move { Err(Boxed(error)) });
                Ok(())
            })
            .await;
        error = Box::new(result.unwrap_err());
    }
    error
}

#[derive(Debug)]
struct Boxed(BoxError);

impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Boxed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

struct Counts(Arc<AtomicUsize>);

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Ordering::SeqCst);
        f.write_str("broken")
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Counts {}
