//! A scope needs no runtime. It used to ask for a timer where there is none, and to catch the panic that was the answer: each scope
//! that waited printed one.

use std::future::{Future, pending};
use std::panic;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// The only test of its process: the hook is everybody's.
#[test]
fn a_scope_that_waits_outside_of_any_runtime_panics_nowhere() {
    panic::set_hook(Box::new(|_| _ = PANICS.fetch_add(1, Ordering::Relaxed)));
    let mut scope = pin!(steadfast::scope(async |s| {
        s.spawn(pending::<()>());
    }));
    let cx = &mut Context::from_waker(Waker::noop());
    let waits = [(); 2].map(|()| scope.as_mut().poll(cx).is_pending());
    drop(panic::take_hook());
    assert_eq!(waits, [true, true]);
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}
