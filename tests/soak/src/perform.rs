//! Runs the tree of a plan.

use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use steadfast_core::{
    AsyncDrop, AsyncDropGuard, Builder, CancelScope, FutureExt, NurseryError, Runtime,
    assert_cancel_safe, cancelled, closing, settle, timeout, with_deadline, yield_now,
};

use crate::book::{Book, Broken, Token};
use crate::handle::{Handle, Wait, Work};
use crate::plan::{CleanUp, Cut, End, Owner, Program, Step};

/// Where a program runs.
pub(crate) struct Place<R: Runtime> {
    pub(crate) runtime: R,
    pub(crate) book: Arc<Book>,
    host: Arc<Host<R>>,
    /// The owners around, the innermost last, each with what must be gone when it returns.
    owners: Vec<(Arc<dyn Handle>, Arc<AtomicUsize>)>,
}

/// What belongs to nobody among the owners.
struct Host<R: Runtime> {
    /// Tasks of the host.
    running: AtomicUsize,
    closed: Mutex<bool>,
    guards: Mutex<Guards<R>>,
    owners: Mutex<VecDeque<Wait>>,
}

impl<R: Runtime> Default for Host<R> {
    fn default() -> Self {
        Self {
            running: AtomicUsize::new(0),
            closed: Mutex::new(false),
            guards: Mutex::default(),
            owners: Mutex::default(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: Runtime> Clone for Place<R> {
    fn clone(&self) -> Self {
        Self {
            runtime: self.runtime.clone(),
            book: Arc::clone(&self.book),
            host: Arc::clone(&self.host),
            owners: self.owners.clone(),
        }
    }
}

impl<R: Runtime> Host<R> {
    fn clear(&self, book: &Book) {
        let owners = std::mem::take(&mut *lock(&self.owners));
        for owner in owners {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(owner))) {
                book.catch(&*payload);
            }
        }
        drop(std::mem::take(&mut *lock(&self.guards)));
    }
}

impl<R: Runtime> Place<R> {
    pub(crate) fn new(runtime: R, book: Arc<Book>) -> Self {
        Self {
            runtime,
            book,
            host: Arc::default(),
            owners: Vec::new(),
        }
    }

    /// The body of the root: the program, and then whatever is the host's.
    pub(crate) async fn perform_all(self, program: Arc<Program>) {
        let main = self.perform(program);
        self.swallow(main).await;
        *lock(&self.host.closed) = true;
        while self.host.running.load(Ordering::SeqCst) > 0 {
            self.sleep(1).await;
        }
        self.clear();
    }

    /// Drops what was lent, and nobody has taken.
    pub(crate) fn clear(&self) {
        self.host.clear(&self.book);
    }

    fn token(&self) -> Token {
        let around: Vec<_> = self
            .owners
            .iter()
            .map(|(_, alive)| Arc::clone(alive))
            .collect();
        self.book.token(&around)
    }

    async fn sleep(&self, millis: u64) {
        let at = self.runtime.now() + Duration::from_millis(millis);
        self.runtime.sleep_until(at).await;
    }

    fn perform(&self, program: Arc<Program>) -> Work {
        let (place, token) = (self.clone(), self.token());
        Box::pin(async move {
            let _token = token;
            let mut kept = Kept {
                guards: VecDeque::new(),
                bombs: Vec::new(),
            };
            for step in &program.steps {
                place.take(step, &mut kept).await;
            }
            // A destructor that panics in the poll of an error takes the error with it.
            drop(kept);
            match program.end {
                End::Value => Ok(()),
                End::Panic => place.book.throw(program.id),
                End::Error => {
                    // An error in the very poll of a request would be taken for the request.
                    yield_now().await;
                    Err(place.book.fail(program.id))
                }
            }
        })
    }

    /// A program as a part of another one, which has no errors.
    fn part(&self, program: &Arc<Program>) -> Wait {
        let work = self.perform(Arc::clone(program));
        Box::pin(async move { _ = work.await })
    }

    /// Runs to the end, and notes the panic that comes out.
    async fn swallow<T>(&self, future: impl Future<Output = T>) {
        if let Err(payload) = caught(future).await {
            self.book.catch(&*payload);
        }
    }

    fn take<'a>(&'a self, step: &'a Step, kept: &'a mut Kept<R>) -> Step2<'a> {
        Box::pin(async move {
            match step {
                Step::Yield(times) => yields(*times).await,
                Step::Sleep(millis) => self.sleep(*millis).await,
                Step::Stuck => pending().await,
                Step::ForRequest(true) => _ = pending::<()>().or_cancelled().await,
                Step::ForRequest(false) => _ = cancelled().await,
                Step::UntilAsked(millis) => {
                    let asked = async { _ = cancelled().await };
                    cut(asked, self.sleep(*millis)).await;
                }
                Step::Guard(plan) => kept.guards.push_back(self.guard(plan)),
                Step::DropGuard => drop(kept.guards.pop_front()),
                Step::Bomb(id) => kept.bombs.push(Bomb(*id, Arc::clone(&self.book))),
                Step::LendGuard(plan) => {
                    let closed = lock(&self.host.closed);
                    if !*closed {
                        let guard = self.foreign().guard(plan);
                        lock(&self.host.guards).push_back(guard);
                    }
                }
                Step::TakeGuard => kept.guards.extend(self.lent_guard()),
                Step::DropOnThread => {
                    let guard = self.lent_guard();
                    let thread = std::thread::spawn(move || drop(guard));
                    thread
                        .join()
                        .expect("a guard that is dropped does not panic");
                }
                Step::LendOwner(owner) => {
                    let mut call = self.foreign().call(owner);
                    let polled = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
                    let closed = lock(&self.host.closed);
                    if polled.is_pending() && !*closed {
                        lock(&self.host.owners).push_back(call);
                    }
                }
                Step::TakeOwner(awaits) => {
                    let owner = lock(&self.host.owners).pop_front();
                    match owner {
                        Some(owner) if *awaits => owner.await,
                        owner => drop(owner),
                    }
                }
                Step::CloseGuard => {
                    if let Some(guard) = kept.guards.pop_front() {
                        self.swallow(guard.close()).await;
                    }
                }
                Step::Settle => settle().await,
                Step::Closing(plan, body) => {
                    closing(self.resource(plan), |lease| {
                        let body = self.part(body);
                        async move {
                            let _lease = lease;
                            body.await;
                        }
                    })
                    .await;
                }
                Step::Own(owner) => self.own(owner).await,
                Step::Marked(part) => _ = self.part(part).or_cancelled().await,
                Step::Shielded(holds, part) => {
                    let ended = caught(async {
                        if *holds {
                            self.book.shield(part.id);
                        }
                        self.part(part).await;
                    });
                    let ended = ended.shielded().await;
                    self.book.unshield(part.id);
                    ended.unwrap_or_else(|payload| resume_unwind(payload));
                }
                Step::Deadline(millis, part) => {
                    with_deadline(Duration::from_millis(*millis), self.part(part)).await;
                }
                Step::Timeout(millis, part) => {
                    let part = assert_cancel_safe(self.part(part));
                    _ = timeout(Duration::from_millis(*millis), part).await;
                }
                Step::CancelScope(millis, part) => self.cancel_scope(*millis, part).await,
                Step::MustComplete(polls, part) => {
                    let work = self.part(part).must_complete();
                    cut(work, yields(*polls)).await;
                }
                Step::Cut(how, step) => {
                    let work = self.take(step, kept);
                    match how {
                        Cut::Polls(polls) => cut(work, yields(*polls)).await,
                        Cut::Millis(millis) => cut(work, self.sleep(*millis)).await,
                    }
                }
                Step::Ask(out) => {
                    if let Some((handle, _)) = self.owners.iter().rev().nth(*out) {
                        handle.ask();
                    }
                }
                Step::SpawnOut(out, until_asked, program) => {
                    self.spawn_out(*out, *until_asked, program)
                }
                Step::Plain(millis, program) => self.plain(*millis, program),
                Step::Blocking(times) => self.blocking(*times),
            }
        })
    }

    async fn cancel_scope(&self, millis: u64, part: &Arc<Program>) {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let mut asks = pin!(async {
            self.sleep(millis).await;
            handle.cancel("a scope asks");
            pending::<()>().await;
        });
        let mut run = pin!(scope.run(self.part(part)));
        poll_fn(|cx| {
            _ = asks.as_mut().poll(cx);
            run.as_mut().poll(cx)
        })
        .await;
    }

    fn spawn_out(&self, out: usize, until_asked: bool, program: &Arc<Program>) {
        let Some(level) = self.owners.len().checked_sub(out + 1) else {
            return;
        };
        let there = Self {
            owners: self.owners[..=level].to_vec(),
            ..self.clone()
        };
        let work = there.perform(Arc::clone(program));
        self.owners[level]
            .0
            .spawn_late(until_asked, program.id, work);
    }

    fn blocking(&self, times: usize) {
        if let Some((handle, _)) = self.owners.last() {
            let token = self.token();
            handle.spawn_blocking(Box::new(move || {
                let _token = token;
                for _ in 0..times {
                    std::thread::yield_now();
                }
            }));
        }
    }

    /// The same with nobody around.
    fn foreign(&self) -> Self {
        Self {
            owners: Vec::new(),
            ..self.clone()
        }
    }

    fn lent_guard(&self) -> Option<AsyncDropGuard<Resource<R>>> {
        lock(&self.host.guards).pop_front()
    }

    /// A task of the host, which it drops after a while.
    fn plain(&self, millis: Option<u64>, program: &Arc<Program>) {
        let closed = lock(&self.host.closed);
        if *closed {
            return;
        }
        self.host.running.fetch_add(1, Ordering::SeqCst);
        drop(closed);
        let place = self.foreign();
        let running = Running(Arc::clone(&self.host));
        let work = place.part(program);
        let task = async move {
            let _running = running;
            let work = async {
                match millis {
                    None => work.await,
                    Some(millis) => cut(work, place.sleep(millis)).await,
                }
            };
            place.swallow(work).await;
        };
        if self.runtime.spawn(task).is_err() {
            self.book
                .complain("a runtime that is alive refused a task".to_owned());
        }
    }

    async fn own(&self, owner: &Arc<Owner>) {
        let call = self.call(owner);
        let Err(payload) = caught(call).await else {
            return;
        };
        if !owner.catches {
            resume_unwind(payload);
        }
        self.book.catch(&*payload);
    }

    /// The call of a nursery or a scope, which looks at its return whether everybody has gone.
    fn call(&self, owner: &Arc<Owner>) -> Wait {
        let mut builder = Builder::on(&self.runtime).name(owner.body.id.to_string());
        if let Some(grace) = owner.grace {
            builder = builder.grace(Duration::from_millis(grace));
        }
        if let Some(deadline) = owner.deadline {
            builder = builder.deadline(Duration::from_millis(deadline));
        }
        if let Some(limit) = owner.limit {
            builder = builder.limit(limit);
        }
        let alive = Arc::new(AtomicUsize::new(0));
        let (place, plan, counts) = (self.clone(), Arc::clone(owner), Arc::clone(&alive));
        let body = move |handle: Arc<dyn Handle>| place.body(handle, plan, counts);
        let book = Arc::clone(&self.book);
        let quiet = |work: Work| async { _ = work.await };
        let call: Wait = match (owner.in_task, owner.tries) {
            (false, false) => Box::pin(builder.run(move |n| quiet(body(Arc::new(n))))),
            (false, true) => {
                let run = builder.try_run(move |n| body(Arc::new(n)));
                Box::pin(async move { judge(run.await, &book) })
            }
            (true, false) => {
                Box::pin(builder.scope::<'static, _, _>(move |s| quiet(body(Arc::new(s)))))
            }
            (true, true) => {
                let run = builder.try_scope::<'static, _, _, _, _>(move |s| body(Arc::new(s)));
                Box::pin(async move { judge(run.await, &book) })
            }
        };
        let (book, id) = (Arc::clone(&self.book), owner.body.id);
        Box::pin(async move {
            let ended = caught(call).await;
            let left = alive.load(Ordering::SeqCst);
            if left > 0 {
                book.complain(format!(
                    "the owner {id} has returned, and {left} of those in it are left"
                ));
            }
            if let Err(payload) = ended {
                resume_unwind(payload);
            }
        })
    }

    /// The body of an owner: its children, and then its program.
    fn body(&self, handle: Arc<dyn Handle>, owner: Arc<Owner>, alive: Arc<AtomicUsize>) -> Work {
        let mut inside = self.clone();
        inside.owners.push((Arc::clone(&handle), alive));
        let token = inside.token();
        Box::pin(async move {
            let _token = token;
            for (way, child) in &owner.children {
                let work = inside.perform(Arc::clone(child));
                handle.spawn(*way, child.id, work, &inside.book).await;
            }
            inside.perform(Arc::clone(&owner.body)).await
        })
    }

    fn resource(&self, plan: &Arc<CleanUp>) -> Resource<R> {
        self.book.guarded(plan.id);
        Resource {
            plan: Arc::clone(plan),
            place: self.clone(),
            _token: self.token(),
        }
    }

    fn guard(&self, plan: &Arc<CleanUp>) -> AsyncDropGuard<Resource<R>> {
        AsyncDropGuard::new(self.resource(plan))
    }
}

/// What a program has until it ends.
struct Kept<R: Runtime> {
    guards: Guards<R>,
    bombs: Vec<Bomb>,
}

/// Panics when it is dropped, unless a panic is on its way.
struct Bomb(usize, Arc<Book>);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.1.may_explode() {
            self.1.throw(self.0);
        }
    }
}

type Guards<R> = VecDeque<AsyncDropGuard<Resource<R>>>;
type Step2<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

fn judge(result: Result<(), NurseryError<Broken>>, book: &Book) {
    if let Err(error) = result {
        book.failed(error);
    }
}

/// A value with a clean-up.
struct Resource<R: Runtime> {
    plan: Arc<CleanUp>,
    place: Place<R>,
    _token: Token,
}

impl<R: Runtime> AsyncDrop for Resource<R> {
    async fn async_drop(self: Pin<&mut Self>) {
        let (plan, place) = (&self.plan, &self.place);
        place.book.begins(plan.id);
        yields(plan.yields).await;
        if plan.millis > 0 {
            place.sleep(plan.millis).await;
        }
        if let Some(inner) = &plan.inner {
            drop(place.guard(inner));
        }
        if plan.panics {
            place.book.throw(plan.id);
        }
        place.book.ends(plan.id);
    }
}

impl<R: Runtime> Drop for Resource<R> {
    fn drop(&mut self) {
        self.place.book.drops(self.plan.id);
        if self.plan.explodes && self.place.book.may_explode() {
            self.place.book.throw(self.plan.id);
        }
    }
}

struct Running<R: Runtime>(Arc<Host<R>>);

impl<R: Runtime> Drop for Running<R> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn yields(times: usize) {
    for _ in 0..times {
        yield_now().await;
    }
}

/// Drops `future` when `until` is ready, as `select!` does with the branch that loses.
async fn cut(future: impl Future<Output = ()>, until: impl Future<Output = ()>) {
    _ = race(future, until).await;
}

async fn race<T>(future: impl Future<Output = T>, until: impl Future<Output = ()>) -> Option<T> {
    let (mut future, mut until) = (pin!(future), pin!(until));
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => until.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// Polls `future` until it ends or panics.
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> std::thread::Result<T> {
    let mut future = Box::pin(future);
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(payload) => Poll::Ready(Err(payload)),
        },
    )
    .await
}
