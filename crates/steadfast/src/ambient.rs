//! The one runtime type of the facade: whichever runtime the task at hand runs on.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::time::Instant;

use steadfast_core::{
    Ambient, AnyRuntime, BoxSleep, NoRuntime, Refused, Runtime, Source, Spawn, SpawnBlocking, Timer,
};

use crate::finder::install;

/// The runtime that children of the facade's nurseries run on: one of those whose features are enabled, or any other.
///
/// It is why every nursery of a program has the same type, whatever it runs on. Children on a runtime that is known by a
/// feature are handed to it as they are; on another one they cost a box more.
///
/// # Examples
///
/// ```
/// use steadfast::{AmbientRuntime, Runtime};
///
/// fn erase(runtime: &impl Runtime) -> AmbientRuntime {
///     AmbientRuntime::new(runtime)
/// }
/// ```
#[derive(Clone)]
pub struct AmbientRuntime(Kind);

#[derive(Clone, Debug)]
enum Kind {
    #[cfg(feature = "tokio")]
    Tokio(steadfast_tokio::Tokio),
    #[cfg(feature = "smol")]
    Smol(steadfast_smol::Smol),
    #[cfg(feature = "smol-global")]
    GlobalSmol(steadfast_smol::GlobalSmol),
    #[cfg(feature = "async-std")]
    AsyncStd(steadfast_async_std::AsyncStd),
    Any(AnyRuntime),
}

/// Calls the same method whatever the runtime is.
macro_rules! on_each {
    ($ambient:expr, $runtime:ident => $call:expr) => {
        match &$ambient.0 {
            #[cfg(feature = "tokio")]
            Kind::Tokio($runtime) => $call,
            #[cfg(feature = "smol")]
            Kind::Smol($runtime) => $call,
            #[cfg(feature = "smol-global")]
            Kind::GlobalSmol($runtime) => $call,
            #[cfg(feature = "async-std")]
            Kind::AsyncStd($runtime) => $call,
            Kind::Any($runtime) => $call,
        }
    };
}

impl AmbientRuntime {
    /// Any runtime, recognised if its feature is enabled.
    pub fn new<R: Runtime>(runtime: &R) -> Self {
        Self::recognise(&erase(runtime))
    }

    /// The runtime of the current task; outside of steadfast tasks, one that is found by a feature.
    ///
    /// # Errors
    ///
    /// [`NoRuntime`] if there is none; its text names the fix.
    pub fn current() -> Result<Self, NoRuntime> {
        current_runtime().map(|any| Self::recognise(&any))
    }

    fn recognise(any: &AnyRuntime) -> Self {
        if let Some(ambient) = any.downcast_ref::<Self>() {
            return ambient.clone();
        }
        #[cfg(feature = "tokio")]
        if let Some(known) = any.downcast_ref::<steadfast_tokio::Tokio>() {
            return Self(Kind::Tokio(known.clone()));
        }
        #[cfg(feature = "smol")]
        if let Some(known) = any.downcast_ref::<steadfast_smol::Smol>() {
            return Self(Kind::Smol(known.clone()));
        }
        #[cfg(feature = "smol-global")]
        if let Some(known) = any.downcast_ref::<steadfast_smol::GlobalSmol>() {
            return Self(Kind::GlobalSmol(*known));
        }
        #[cfg(feature = "async-std")]
        if let Some(known) = any.downcast_ref::<steadfast_async_std::AsyncStd>() {
            return Self(Kind::AsyncStd(*known));
        }
        Self(Kind::Any(any.clone()))
    }
}

impl Spawn for AmbientRuntime {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        on_each!(self, runtime => runtime.spawn(task))
    }
}

impl SpawnBlocking for AmbientRuntime {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        on_each!(self, runtime => runtime.spawn_blocking(work))
    }
}

impl Timer for AmbientRuntime {
    type Sleep = BoxSleep;

    fn sleep_until(&self, at: Instant) -> BoxSleep {
        on_each!(self, runtime => Box::pin(runtime.sleep_until(at)))
    }

    fn now(&self) -> Instant {
        on_each!(self, runtime => runtime.now())
    }
}

impl Ambient for AmbientRuntime {
    type Source = AmbientSource;

    fn here() -> AmbientSource {
        AmbientSource(None)
    }

    fn named<R: Runtime>(runtime: &R) -> AmbientSource {
        AmbientSource(Some(erase(runtime)))
    }
}

impl fmt::Debug for AmbientRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where the facade's nurseries get their runtime from: the builder's [`runtime`](crate::Builder::runtime), or else the task
/// that opens them.
#[derive(Clone, Debug)]
pub struct AmbientSource(Option<AnyRuntime>);

impl Source for AmbientSource {
    type Runtime = AmbientRuntime;

    fn resolve(self) -> Result<(AmbientRuntime, AnyRuntime), NoRuntime> {
        let any = self.resolve_any()?;
        Ok((AmbientRuntime::recognise(&any), any))
    }

    fn resolve_any(self) -> Result<AnyRuntime, NoRuntime> {
        self.0.map_or_else(current_runtime, Ok)
    }
}

/// The runtime of the current task; outside of steadfast tasks, one that is found by a feature: with `tokio`, the tokio
/// runtime that this thread is inside of.
///
/// # Errors
///
/// [`NoRuntime`] if there is none; its text names the enabled features and the fix.
pub fn current_runtime() -> Result<AnyRuntime, NoRuntime> {
    install();
    steadfast_core::current_runtime()
}

/// Forgets the type of `runtime`, but wraps nothing twice, so that the runtime itself can still be recognised.
fn erase<R: Runtime>(runtime: &R) -> AnyRuntime {
    let runtime_or_wrapper: &dyn Any = runtime;
    if let Some(any) = runtime_or_wrapper.downcast_ref::<AnyRuntime>() {
        return any.clone();
    }
    if let Some(ambient) = runtime_or_wrapper.downcast_ref::<AmbientRuntime>() {
        return on_each!(ambient, inside => erase(inside));
    }
    AnyRuntime::new(runtime.clone())
}
