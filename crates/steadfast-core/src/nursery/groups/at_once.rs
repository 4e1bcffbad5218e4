//! Children of which all are there when the first one begins: [`Nursery::spawn_all`].
//!
//! They lie in a [`Pool`]. If children are done at once and one thread polls, there are about as many groups as the square root of a 30th
//! of them; if they wait, one for [`FULL`] of them.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use super::pool::Pool;
use super::{
    Call, Fresh, Hand, Lane, Next, Of, Spawner, Stance, Supply, Waiting, start_first_group,
};
use crate::nursery::child::ChildTask;
use crate::nursery::roster::{ChildKind, Roster};
use crate::nursery::sink::{ChildOutput, Forget};
use crate::nursery::spawn::{NotLaunched, Spawned};
use crate::nursery::{Inner, Nursery, light};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::time::Moment;
use crate::tree::Member;
use crate::{Origin, Runtime};

/// A group of as many children takes no more. Whoever blocks keeps no more than these from being polled.
const FULL: u32 = 64;

impl<E: Send + 'static, R: Runtime> Nursery<E, R> {
    /// Starts each of `futures` as a child, many of them in one task of the runtime.
    ///
    /// Each is a child as by [`spawn`](Self::spawn): it is waited for, sees requests, fails the nursery by an error or a panic, cleans up,
    /// is woken by itself, and stands in the tree. What differs is who shares a thread. A few tasks take the children in the order of
    /// `futures`, one at a time, and poll those that they have taken. A child that blocks its thread, or computes for long, keeps
    /// those of its task, 63 at most, from being polled meanwhile, and no others: what has not begun is taken by another task, as long
    /// as the runtime has a thread for it. So it is for many children that do little; a few that compute are spawned one by one.
    ///
    /// `futures` is exhausted before the first child begins.
    ///
    /// Costs no allocation for a child: some for all, and some for each task. There is one task for 64 children that wait at the same
    /// time, and one more now and then while there are children to begin: some 60 for 100,000 that are done at once.
    /// Under a [limit](crate::Builder::limit), with a [name](Self::named), and where a [grace](crate::Builder::grace) may
    /// end children, each has a task of its own, as if spawned one by one; so has a future of more than about 32 KiB, or with an
    /// alignment above 16.
    ///
    /// # Errors
    ///
    /// If the nursery is closed or the runtime has shut down, [`Spawned`] holds those that were refused.
    ///
    /// # Examples
    ///
    /// ```
    /// # use steadfast_core::{Never, Nursery, Runtime};
    /// # async fn notify(_: String) {}
    /// # fn example(n: &Nursery<Never, impl Runtime>, subscribers: Vec<String>) {
    /// n.spawn_all(subscribers.into_iter().map(notify));
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_all<I>(&self, futures: I) -> Spawned<Vec<I::Item>>
    where
        I: IntoIterator,
        I::Item: Future + Send + 'static, // futures: `async { .. }`, not `|| ..`
        <I::Item as Future>::Output: ChildOutput<E>,
    {
        let location = Location::caller();
        let futures: Vec<_> = futures.into_iter().collect();
        let plan = self.plan(ChildKind::Plain, Forget, location);
        if !self.inner.may_be_light(&plan) || !light::fits::<ChildTask<I::Item, Forget, E, R>>() {
            return self.spawn_each_in(self.place(), futures);
        }
        let launched = launch(&self.inner, location, futures);
        Spawned::new(launched, || Origin::new(None, location))
    }
}

/// The children of one call.
struct Many<F, E, R> {
    nursery: Arc<Inner<E, R>>,
    pool: Pool<F>,
    /// The number of the first one.
    first: u64,
    born: Moment,
    location: &'static Location<'static>,
    /// As many children have been spawned.
    count: usize,
    /// Groups that have not ended. No more than children.
    groups: AtomicUsize,
    /// Groups that have been called, and have not come.
    called: AtomicUsize,
}

fn launch<F, E, R>(
    nursery: &Arc<Inner<E, R>>,
    location: &'static Location<'static>,
    futures: Vec<F>,
) -> Result<(), NotLaunched<Vec<F>>>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<E>,
    E: Send + 'static,
    R: Runtime,
{
    let count = futures.len();
    if count == 0 {
        return Ok(());
    }
    let (spawner, born) = Spawner::here();
    let many = Arc::new(Many {
        nursery: Arc::clone(nursery),
        first: nursery.roster.next_numbers(count),
        pool: Pool::new(futures),
        born,
        location,
        count,
        groups: AtomicUsize::new(0),
        called: AtomicUsize::new(0),
    });
    start_first_group(&many, &spawner, count).map_err(|why| {
        let futures = std::iter::from_fn(|| many.pool.take());
        NotLaunched {
            future: futures.map(|(_, future)| future).collect(),
            why,
        }
    })
}

impl<F, E, R> Supply for Many<F, E, R>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<E>,
    E: Send + 'static,
    R: Runtime,
{
    type Task = ChildTask<F, Forget, E, R>;

    const COUNTS_AHEAD: bool = true;
    // Whoever blocks keeps no more from beginning than is inevitable.
    const GIVES_BATCHES: bool = false;

    fn nursery(&self) -> &Arc<Of<Self::Task>> {
        &self.nursery
    }

    fn location(&self) -> &'static Location<'static> {
        self.location
    }

    fn full(&self) -> u32 {
        FULL
    }

    fn starts(&self) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.called.fetch_add(1, Ordering::Relaxed);
    }

    fn comes(&self) -> Call {
        let least = match self.pool.left().len() {
            0 | 1 => 0,
            _ => 1,
        };
        // In one word, so that two that come at the same time do not each take the other for the one that is left.
        let others_wait = |called: usize| (called > least).then(|| called - 1);
        let comes = self
            .called
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, others_wait);
        if comes.is_ok() {
            return Call::Nobody;
        }
        let one_more = |groups: usize| (groups < self.count).then_some(groups + 1);
        let starts = self
            .groups
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        if starts.is_ok() {
            // The new one is called in the place of this one.
            return Call::Start;
        }
        self.called.fetch_sub(1, Ordering::Relaxed);
        Call::Nobody
    }

    #[inline]
    fn take(&self, _: &Arc<Lane>, _: usize, _: u32, _: &mut Hand<Self::Task>) -> Next<Self::Task> {
        let Some((index, work)) = self.pool.take() else {
            return Next::Nobody;
        };
        Next::Child(Fresh {
            number: self.first + index as u64,
            born: self.born,
            work,
            sink: Forget,
        })
    }

    fn ends(&self, _: &Arc<Lane>, stance: Stance) -> bool {
        if stance == Stance::Called {
            self.called.fetch_sub(1, Ordering::Relaxed);
        }
        // Acquires what those did who have ended before.
        self.groups.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

impl<F: Send, E: Send + 'static, R: Runtime> Waiting for Many<F, E, R> {
    fn members(&self) -> Vec<Member> {
        let numbers = self.pool.left().map(|index| self.first + index as u64);
        let waiting = numbers.map(|number| Roster::waiting(number, self.born, self.location));
        waiting.collect()
    }
}
