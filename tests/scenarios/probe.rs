//! What the scenarios measure with.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as Plain, Once};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use futures_util::Stream;
use steadfast::{AsyncDrop, Flow};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// Longer than any scenario takes in virtual time.
const FOR_EVER: Duration = Duration::from_secs(3600);

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// `true` if `future` never ends. With a paused clock, this takes no time.
pub(crate) async fn hangs(future: impl Future) -> bool {
    tokio::time::timeout(FOR_EVER, future).await.is_err()
}

/// The output of a future that ends.
pub(crate) async fn ends<T>(future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(FOR_EVER, future).await {
        Ok(output) => output,
        Err(_) => panic!("it hangs"),
    }
}

/// How long `future` takes.
pub(crate) async fn takes(future: impl Future) -> Duration {
    let start = Instant::now();
    ends(future).await;
    start.elapsed()
}

/// The fixture of many scenarios: a fair lock, and an operation that holds it for 10 ms.
#[derive(Clone, Default)]
pub(crate) struct Lock(Arc<Mutex<()>>);

impl Lock {
    pub(crate) async fn hold(&self) {
        let _held = self.0.lock().await;
        sleep(ms(10)).await;
    }

    pub(crate) fn is_free(&self) -> bool {
        self.0.try_lock().is_ok()
    }
}

/// `count` numbers from 0, one every `every`, on a clock of their own.
pub(crate) fn ticks(every: Duration, count: u32) -> impl Flow<Item = u32> + Unpin {
    steadfast::flow::StreamBridge::assume_serial(stream_of_ticks(every, count))
}

pub(crate) fn stream_of_ticks(every: Duration, count: u32) -> impl Stream<Item = u32> + Unpin {
    let start = Instant::now();
    Box::pin(futures_util::stream::unfold(0, move |n| async move {
        if n == count {
            return None;
        }
        tokio::time::sleep_until(start + every * (n + 1)).await;
        Some((n, n + 1))
    }))
}

/// Counts.
#[derive(Clone, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts its own drop.
    pub(crate) fn on_drop(&self) -> OnDrop {
        OnDrop(self.clone())
    }
}

/// As a waker, it counts wakes.
impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.add();
    }
}

pub(crate) struct OnDrop(Count);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.add();
    }
}

/// Has an asynchronous clean-up, which is counted.
pub(crate) struct Connection(pub(crate) Count);

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {
        sleep(ms(1)).await;
        self.0.add();
    }
}

/// The clean-up of a [`Connection`] as it is written today: its destructor spawns it.
pub(crate) struct SpawnsItsCleanup(pub(crate) Count);

impl Drop for SpawnsItsCleanup {
    fn drop(&mut self) {
        let cleaned = self.0.clone();
        tokio::spawn(async move {
            sleep(ms(1)).await;
            cleaned.add();
        });
    }
}

/// A flow that counts its polls, and never has an item.
pub(crate) struct Silent {
    pub(crate) asked: Count,
    pub(crate) _alive: OnDrop,
}

impl Flow for Silent {
    type Item = u32;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
        self.asked.add();
        Poll::Pending
    }

    fn poll_progress(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// Gives others one turn.
pub(crate) async fn turn() {
    let mut given = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(crate) fn assert_send<T: Send>(value: T) -> T {
    value
}

/// What has been reported since the process began. All tests share it, so each looks for a text of its own.
static REPORTS: Plain<Vec<String>> = Plain::new(Vec::new());

/// Collects reports from now on.
pub(crate) fn collect_reports() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        steadfast::set_report_hook(|report| REPORTS.lock().unwrap().push(report.to_string()));
    });
}

/// How many reports have each of `words` in them.
pub(crate) fn reports_with(words: &[&str]) -> usize {
    let reports = REPORTS.lock().unwrap();
    let about = |report: &&String| words.iter().all(|word| report.contains(word));
    reports.iter().filter(about).count()
}
