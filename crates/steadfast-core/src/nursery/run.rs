//! The future of a nursery: runs the body, waits at the exit, and lets go in order when it is dropped.

use std::future::Future;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context as Waking, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::adopt::{Enclosing, Hold, Reaper, add_root, adopt, remove_root};
use super::builder::Source;
use super::groups::Groups;
use super::outcome::{End, Failure, FailureKind, Failures, NurseryError};
use super::roster::{ChildKind, Roster};
use super::{Host, Inner, Left, Never, Nursery, Outer, Settings, Tally};
use crate::async_drop::{hand_over, poll_begun, poll_current};
use crate::cancel::{Alarm, Deadline};
use crate::context::{self, Context, GaveWay, Home, Own, Scope, Who, install};
use crate::faults::{Fault, is_planted};
use crate::origin::Name;
use crate::panic::Panic;
use crate::span::Span;
use crate::sync::atomic::AtomicBool;
use crate::sync::{AtomicWaker, Mutex, OnceLock, lock};
use crate::time::Countdown;
use crate::tree::{Kind, Node, Seed, Tree};
use crate::unwind::{self, Payload};
use crate::{AnyRuntime, CancelReason, NoRuntime, Origin, Report, Runtime, Timer, report};

/// What the builder has collected.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(super) name: Option<Name>,
    pub(super) limit: Option<usize>,
    pub(super) grace: Option<Duration>,
    pub(super) deadline: Deadline,
    pub(super) slow_exit: Option<Duration>,
    pub(super) cleanup_budget: Option<Duration>,
    pub(super) collect_panics: bool,
    pub(super) is_root: bool,
    pub(super) host: Host,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            name: None,
            limit: None,
            grace: None,
            deadline: Deadline::Never,
            slow_exit: None,
            cleanup_budget: None,
            collect_panics: false,
            is_root: false,
            host: Host::Runtime,
        }
    }
}

impl Opening {
    const fn kind(&self) -> Kind {
        match (self.is_root, self.host) {
            (true, _) => Kind::Root,
            (_, Host::Task) => Kind::TaskScope,
            _ => Kind::Nursery,
        }
    }

    fn settings(&self, around: Option<Settings>) -> Settings {
        let around = around.unwrap_or_default();
        Settings {
            grace: self.grace.or(around.grace),
            slow_exit: self.slow_exit.or(around.slow_exit),
            cleanup_budget: self.cleanup_budget.unwrap_or(around.cleanup_budget),
            collect_panics: self.collect_panics,
        }
    }
}

/// How the outputs of body and children become the output of the call.
pub(crate) trait Policy<O> {
    type Error: Send + 'static;
    type Value;
    type Output;

    fn split(output: O) -> Result<Self::Value, Self::Error>;
    fn conclude(ending: Ending<Self::Value, Self::Error>) -> Result<Self::Output, Payload>;
    fn no_runtime(nursery: Origin, error: NoRuntime) -> Self::Output;
}

/// Everything that the outcome depends on, once everybody has finished.
pub(crate) struct Ending<T, E> {
    pub(super) failures: Failures<E>,
    pub(super) value: Option<T>,
    pub(super) reason: Option<CancelReason>,
    pub(super) collect_panics: bool,
}

/// The children cannot fail, and the value is the body's.
pub(crate) enum Plain {}

impl<T> Policy<T> for Plain {
    type Error = Never;
    type Value = T;
    type Output = T;

    fn split(output: T) -> Result<T, Never> {
        Ok(output)
    }

    fn conclude(ending: Ending<T, Never>) -> Result<T, Payload> {
        ending.failures.conclude_plain(ending.value)
    }

    fn no_runtime(_: Origin, error: NoRuntime) -> T {
        panic!("{error}")
    }
}

/// The first failure ends the others, and is returned.
pub(crate) enum Try {}

impl<T, E: Send + 'static> Policy<Result<T, E>> for Try {
    type Error = E;
    type Value = T;
    type Output = Result<T, NurseryError<E>>;

    fn split(output: Result<T, E>) -> Result<T, E> {
        output
    }

    fn conclude(ending: Ending<T, E>) -> Result<Self::Output, Payload> {
        match ending
            .failures
            .conclude(ending.value, ending.reason, ending.collect_panics)
        {
            End::Value(value) => Ok(Ok(value)),
            End::Failed(error) => Ok(Err(error)),
            End::Panic(payload) => Err(payload),
        }
    }

    fn no_runtime(nursery: Origin, error: NoRuntime) -> Self::Output {
        Err(NurseryError::no_runtime(nursery, error))
    }
}

pin_project! {
    /// Life cycle: unopened (dropping it drops the body's closure) → the body runs → at the exit → done.
    pub(crate) struct NurseryFuture<S, F, Fut, P>
    where
        S: Source,
        Fut: Future,
        P: Policy<Fut::Output>,
    {
        unopened: Option<(S, Opening, F)>,
        location: &'static Location<'static>,
        #[pin]
        body: Option<Fut>,
        open: Option<Open<P::Error, S::Runtime>>,
        value: Option<P::Value>,
    }

    impl<S, F, Fut, P> PinnedDrop for NurseryFuture<S, F, Fut, P>
    where
        S: Source,
        Fut: Future,
        P: Policy<Fut::Output>,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(open) = this.open.take() {
                open.let_go(|| this.body.set(None));
            }
        }
    }
}

/// An open nursery, seen by its future.
struct Open<E: Send + 'static, R: Runtime> {
    inner: Arc<Inner<E, R>>,
    /// What the body carries.
    own: Own,
    body_gone: bool,
    left: bool,
    alarm: Alarm,
    grace: Option<Countdown>,
    slow_exit: Option<Countdown>,
    /// The exit waits, and has not looked at its timers since ([`NurseryFuture::rest`]).
    watch_is_due: bool,
    /// Our place among those who wait for a request, if there is a grace period to begin then.
    key: Option<usize>,
    is_root: bool,
    span: Span,
}

impl<S, F, Fut, P> NurseryFuture<S, F, Fut, P>
where
    S: Source,
    F: FnOnce(Nursery<P::Error, S::Runtime>) -> Fut,
    Fut: Future,
    P: Policy<Fut::Output>,
{
    pub(crate) fn new(
        source: S,
        opening: Opening,
        body: F,
        location: &'static Location<'static>,
    ) -> Self {
        Self {
            unopened: Some((source, opening, body)),
            location,
            body: None,
            open: None,
            value: None,
        }
    }

    /// The nursery of a scope: what is left to do when nobody has been woken, or others in the runtime get a turn.
    pub(crate) fn rest(self: Pin<&mut Self>, cx: &mut Waking<'_>) {
        if let Some(open) = self.project().open {
            if std::mem::take(&mut open.watch_is_due) && open.is_kept_open() {
                open.poll_exit_timers(cx);
            }
        }
    }
}

impl<S, F, Fut, P> Future for NurseryFuture<S, F, Fut, P>
where
    S: Source,
    F: FnOnce(Nursery<P::Error, S::Runtime>) -> Fut,
    Fut: Future,
    P: Policy<Fut::Output>,
{
    type Output = P::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Waking<'_>) -> Poll<P::Output> {
        let mut this = self.project();
        if let Some((source, opening, body)) = this.unopened.take() {
            let opened = match source.resolve() {
                Ok((runtime, any)) => Open::new(runtime, any, opening, this.location),
                Err(error) => {
                    return Poll::Ready(P::no_runtime(
                        Origin::new(opening.name, this.location),
                        error,
                    ));
                }
            };
            let open = this.open.insert(opened);
            let nursery = Nursery {
                inner: Arc::clone(&open.inner),
                name: None,
            };
            match open.inside(|| body(nursery)) {
                Ok(body) => this.body.set(Some(body)),
                Err(payload) => open.body_panicked(payload),
            }
        }
        let Some(open) = this.open.as_mut() else {
            panic!("a nursery was polled after it had returned; await it once");
        };
        if let Some(body) = this.body.as_mut().as_pin_mut() {
            open.begin_poll();
            match open.inside(|| body.poll(cx)) {
                Ok(Poll::Pending) => {
                    open.while_body_waits(cx);
                    return Poll::Pending;
                }
                Ok(Poll::Ready(output)) => *this.value = open.judge::<P::Value>(P::split(output)),
                Err(payload) => open.body_panicked(payload),
            }
            if let Err(payload) = open.inside(|| this.body.set(None)) {
                open.body_panicked(payload);
            }
        }
        if open.poll_exit(cx).is_pending() {
            return Poll::Pending;
        }
        let ending = open.ending(this.value.take());
        *this.open = None;
        match P::conclude(ending) {
            Ok(output) => Poll::Ready(output),
            Err(payload) => resume_unwind(payload),
        }
    }
}

impl<E: Send + 'static, R: Runtime> Open<E, R> {
    fn new(
        runtime: R,
        any: AnyRuntime,
        opening: Opening,
        location: &'static Location<'static>,
    ) -> Self {
        let (home, scope, owner) = context::with(|context| match context {
            Some(context) => (
                context.home.map(Home::share),
                Some(Arc::clone(context.scope.node())),
                context.child(),
            ),
            None => (None, None, 0),
        });
        let settings = opening.settings(home.as_ref().map(|home| home.settings()));
        let deadline = opening.deadline.begin(|| any.now());
        let seed = Seed {
            kind: opening.kind(),
            name: opening.name,
            location,
            owner,
            parent: scope,
            has_grace: settings.grace.is_some(),
            deadline,
            members: None,
        };
        let limit = opening.limit;
        let inner = Arc::new_cyclic(|inner: &Weak<Inner<E, R>>| Inner {
            node: Node::new(Seed {
                members: Some(Weak::clone(inner) as Weak<dyn Enclosing>),
                ..seed
            }),
            background: OnceLock::new(),
            runtime,
            any,
            tally: Tally::with_body(),
            body_left: AtomicBool::new(false),
            exit: AtomicWaker::new(),
            failures: Mutex::new(Failures::new()),
            roster: Roster::new(),
            limit: limit.map(|limit| Arc::new(async_lock::Semaphore::new(limit))),
            enclosing: Mutex::new(home.map_or(Outer::None, Outer::Held)),
            hold: Mutex::new(None),
            reaper: Mutex::new(Reaper::default()),
            settings,
            host: opening.host,
            crowd: OnceLock::new(),
            groups: Groups::default(),
        });
        let span = Span::nursery(&inner.node);
        if opening.is_root {
            add_root(&(Arc::clone(&inner) as Arc<dyn Enclosing>));
        }
        Self {
            inner,
            own: Own::new(),
            body_gone: false,
            left: false,
            alarm: Alarm::default(),
            grace: None,
            slow_exit: None,
            watch_is_due: false,
            key: None,
            is_root: opening.is_root,
            span,
        }
    }

    /// Runs code of the body in the body's context. Shields that it raises hold for the task around as well.
    fn inside<T>(&mut self, run: impl FnOnce() -> T) -> Result<T, Payload> {
        let _span = self.span.enter();
        let mut context = self.inner.body_context(&mut self.own);
        context::inside(&mut context, true, || unwind::catch(run))
    }

    fn installed<T>(&mut self, run: impl FnOnce() -> T) -> T {
        install(&mut self.inner.body_context(&mut self.own), run)
    }

    fn body_origin(&self) -> Origin {
        self.inner.node.origin()
    }

    fn body_panicked(&mut self, payload: Payload) {
        self.inner.fail(Failure::of_body(
            self.body_origin(),
            FailureKind::Panicked(Panic::new(payload)),
        ));
    }

    fn judge<T>(&mut self, output: Result<T, E>) -> Option<T> {
        let error = match output {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let failure = Failure::of_body(self.body_origin(), FailureKind::Error(error));
        match self.gave_way() {
            GaveWay::No => self.inner.fail(failure),
            gave_way => self.inner.keep(failure, gave_way),
        }
        None
    }

    fn begin_poll(&mut self) {
        self.own.begin_poll();
    }

    fn gave_way(&self) -> GaveWay {
        self.own.gave_way
    }

    fn while_body_waits(&mut self, cx: &mut Waking<'_>) {
        if !self.own.queue.is_empty() {
            _ = self.installed(|| poll_current(cx));
        }
        self.poll_timers(cx);
    }

    /// Waits until everybody has gone, then until the body's clean-ups are done, then closes.
    fn poll_exit(&mut self, cx: &mut Waking<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.body_gone, true) {
            self.inner.node.mark_exiting();
        }
        loop {
            let body = self.body();
            let mut left = self.inner.tally.left();
            if left.is_more_than(body) {
                // Registered before the count is read for good, so that whoever leaves after that look finds it.
                self.inner.exit.register(cx.waker());
                if !is_planted(Fault::LooksFirst) {
                    left = self.inner.tally.left();
                }
            }
            self.ask_background(left);
            if left.is_more_than(body) {
                // A child may wait for a clean-up that has begun; the others wait for the children.
                self.poll_begun_cleanup(cx);
                self.wait_at_exit(cx);
                return Poll::Pending;
            }
            if self.left {
                return Poll::Ready(());
            }
            if self.installed(|| poll_current(cx)).is_pending() {
                // Whoever a clean-up has spawned is waited for, too.
                self.inner.exit.register(cx.waker());
                self.ask_background(self.inner.tally.left());
                self.wait_at_exit(cx);
                return Poll::Pending;
            }
            self.left = true;
            if self.inner.body_leaves() {
                return Poll::Ready(());
            }
        }
    }

    /// How many of those who are counted the body is.
    fn body(&self) -> u32 {
        u32::from(!self.left)
    }

    /// Somebody is left besides the body, or clean-ups of the body are. If not, the body has been woken.
    fn is_kept_open(&self) -> bool {
        self.inner.tally.left().is_more_than(self.body()) || !self.own.queue.is_empty()
    }

    /// Asks the background to end if none but it and the body are left.
    fn ask_background(&self, left: Left) {
        if left.foreground == self.body() && left.background > 0 {
            self.inner.background().request(CancelReason::Finished);
        }
    }

    fn poll_begun_cleanup(&mut self, cx: &mut Waking<'_>) {
        self.installed(|| poll_begun(cx));
    }

    /// The deadline, and the grace that begins with a request.
    fn poll_timers(&mut self, cx: &mut Waking<'_>) {
        let node = &self.inner.node;
        if !node.is_requested() {
            // The timer is the nursery's own runtime's, found through the body's context.
            let alarm = &mut self.alarm;
            install(&mut self.inner.body_context(&mut self.own), || {
                alarm.poll(node, cx)
            });
        }
        let Some(grace) = self.inner.settings.grace else {
            return;
        };
        if node.is_aborted() || !node.wait(&mut self.key, cx.waker()) {
            return;
        }
        let timer = self
            .grace
            .get_or_insert_with(|| Countdown::start(&self.inner.any, grace));
        if timer.rings(cx) {
            node.abort();
        }
    }

    /// The timers of an exit that waits. A scope, whose children are polled by the same task, needs none for those that are gone
    /// when it rests; but a deadline that has passed is seen before they are polled.
    fn wait_at_exit(&mut self, cx: &mut Waking<'_>) {
        match self.inner.host {
            Host::Runtime => self.poll_exit_timers(cx),
            Host::Task => {
                self.watch_is_due = true;
                if self.inner.node.is_timed() || self.inner.settings.grace.is_some() {
                    self.poll_timers(cx);
                }
            }
        }
    }

    fn poll_exit_timers(&mut self, cx: &mut Waking<'_>) {
        self.poll_timers(cx);
        self.poll_slow_exit(cx);
    }

    /// Reports who keeps the exit waiting, once.
    fn poll_slow_exit(&mut self, cx: &mut Waking<'_>) {
        let Some(after) = self.inner.settings.slow_exit else {
            return;
        };
        let timer = self
            .slow_exit
            .get_or_insert_with(|| Countdown::start_if_possible(&self.inner.any, after));
        if timer.rings(cx) {
            let tree = Tree::of(&self.inner.node);
            report::send(&Report::SlowExit {
                nursery: self.inner.node.origin(),
                tree,
            });
        }
    }

    fn ending<T>(&mut self, value: Option<T>) -> Ending<T, E> {
        let node = &self.inner.node;
        node.forget(&mut self.key);
        node.mark_returned();
        if self.is_root {
            remove_root(node);
            report_leaked(node);
        }
        let failures = std::mem::replace(&mut *lock(&self.inner.failures), Failures::new());
        let reason = node.reason().cloned();
        // A body that could only pass an outer request on has given way for the task around, too.
        if value.is_none() && self.gave_way() != GaveWay::No {
            context::give_way();
        }
        Ending {
            failures,
            value,
            reason,
            collect_panics: self.inner.settings.collect_panics,
        }
    }

    /// The future is dropped before its end: everybody is asked to end, and whoever is left goes to the enclosing nursery.
    fn let_go(mut self, drop_body: impl FnOnce()) {
        let node = Arc::clone(&self.inner.node);
        node.forget(&mut self.key);
        node.request(CancelReason::Dropped);
        // A nursery that was opened outside of any other has only the root to go to.
        let hold = Hold::on(self.inner.outer(), &node);
        // The body's locals are dropped in the context of the task that drops us, so that their clean-ups are its own.
        let dropped = unwind::catch(drop_body);
        let owed = self.own.queue.take();
        let born = self.inner.outer().map(|outer| Arc::downgrade(&outer));
        for item in owed {
            hand_over(item, born.as_ref());
        }
        let others = self.inner.len();
        // The children of a scope go with its future: there is nobody to adopt.
        let may_be_left = self.inner.host == Host::Runtime;
        if hold.is_none() && others > 0 && !self.is_root && may_be_left {
            report::send(&Report::NotAdopted {
                nursery: node.origin(),
                children: others,
            });
        }
        if self.is_root {
            remove_root(&node);
        }
        if let Err(payload) = dropped {
            self.inner.fail(Failure::of_body(
                node.origin(),
                FailureKind::Panicked(Panic::new(payload)),
            ));
        }
        let is_held = hold.is_some();
        *lock(&self.inner.hold) = Some(hold.unwrap_or_else(Hold::nobody));
        if is_held {
            self.keep_grace(&node);
        }
        if !self.left {
            if self.inner.body_leaves() {
                // The last child may have left while the watch over the grace was set up: it sees the end by ours alone.
                self.inner.exit.wake();
            }
        } else if self.inner.is_closed() {
            // The last child may have left before the hold was there to be released.
            Hold::release_all(self.inner.release());
        }
    }

    /// A dropped nursery's grace goes on without its future, as work of its own that ends with the last child.
    fn keep_grace(&mut self, node: &Arc<Node>) {
        let Some(grace) = self.inner.settings.grace else {
            return;
        };
        if self.inner.len() == 0 || node.is_aborted() {
            return;
        }
        let inner = Arc::clone(&self.inner);
        let watched = Arc::clone(node);
        let begun = self.grace.take();
        let mut timer =
            begun.unwrap_or_else(|| Countdown::start_if_possible(&self.inner.any, grace));
        let watch = std::future::poll_fn(move |cx| {
            inner.exit.register(cx.waker());
            if inner.is_closed() {
                return Poll::Ready(());
            }
            if timer.rings(cx) {
                watched.abort();
                return Poll::Ready(());
            }
            Poll::Pending
        });
        adopt(
            self.inner.outer(),
            Box::pin(watch),
            Origin::new(Some(Name::from("grace")), node.location),
            ChildKind::Adopted,
        );
    }
}

impl<E: Send + 'static, R: Runtime> Inner<E, R> {
    fn body_context<'a>(self: &'a Arc<Self>, own: &'a mut Own) -> Context<'a> {
        Context::new(Scope::Node(&self.node), Some(self), Who::Body, own)
    }
}

/// At the end of a root nothing may be left below it; what is was leaked with `mem::forget`.
fn report_leaked(root: &Arc<Node>) {
    let mut work = root.nodes_below();
    while let Some(node) = work.pop() {
        let children = node.members().map_or(0, |members| members.list().len());
        if children > 0 {
            report::send(&Report::NotAdopted {
                nursery: node.origin(),
                children,
            });
        }
        work.extend(node.nodes_below());
    }
}
