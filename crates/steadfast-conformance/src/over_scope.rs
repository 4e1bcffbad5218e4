//! The builder of nurseries that opens scopes: what cases see in the place of [`steadfast_core::Builder`] when their laws are
//! checked over a scope. The body of a case is the same for both.

use std::future::Future;
use std::time::Duration;

use steadfast_core::{Deadline, Fixed, NurseryError, Runtime, Scope, Source};

/// [`steadfast_core::Builder`], with a scope behind `run` and `try_run`.
#[derive(Debug)]
pub(crate) struct Builder<S>(steadfast_core::Builder<S>);

impl<R: Runtime> Builder<Fixed<R>> {
    pub(crate) fn on(runtime: &R) -> Self {
        Self(steadfast_core::Builder::on(runtime))
    }
}

impl<S: Source> Builder<S> {
    pub(crate) fn name(self, name: &'static str) -> Self {
        Self(self.0.name(name))
    }

    #[track_caller]
    pub(crate) fn limit(self, children: usize) -> Self {
        Self(self.0.limit(children))
    }

    pub(crate) fn grace(self, grace: Duration) -> Self {
        Self(self.0.grace(grace))
    }

    pub(crate) fn deadline(self, deadline: impl Into<Deadline>) -> Self {
        Self(self.0.deadline(deadline))
    }

    pub(crate) fn cleanup_budget(self, budget: Duration) -> Self {
        Self(self.0.cleanup_budget(budget))
    }

    pub(crate) fn collect_panics(self) -> Self {
        Self(self.0.collect_panics())
    }

    #[track_caller]
    pub(crate) fn run<'env, F, Fut>(self, body: F) -> impl Future<Output = Fut::Output>
    where
        F: FnOnce(Scope<'env>) -> Fut,
        Fut: Future,
    {
        self.0.scope(body)
    }

    #[track_caller]
    pub(crate) fn try_run<'env, F, Fut, T, E>(
        self,
        body: F,
    ) -> impl Future<Output = Result<T, NurseryError<E>>>
    where
        F: FnOnce(Scope<'env, E>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: Send + 'static,
    {
        self.0.try_scope(body)
    }
}
