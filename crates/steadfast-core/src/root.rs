//! The root: the outermost nursery of a program or a test.

use std::future::Future;

use crate::nursery::{Builder, Source};
use crate::{Entry, Tree};

impl<S: Source> Builder<S> {
    /// Blocks this thread, runs `main` on the runtime that `entry` enters, and makes it the **root**.
    ///
    /// The root adopts what is dropped anywhere below it, runs the clean-ups of guards that are dropped outside of any
    /// steadfast task, and returns when all of that is done. With a [grace](Self::grace), what does not obey is aborted.
    ///
    /// # Panics
    ///
    /// With the panic of `main` or of an adopted child, once everybody has finished; and where the runtime refuses to be
    /// entered, such as tokio inside tokio.
    #[track_caller]
    pub fn block_on<N: Entry, F: Future>(self, entry: &N, main: F) -> F::Output {
        entry.block_on(self.root().run(move |_| main))
    }
}

/// The live tree of this process at this moment.
///
/// Near-free when it is not called: it reads what the nurseries keep for themselves.
pub fn tree() -> Tree {
    Tree::all()
}

/// Asks every root of this process, and so everything below, to end with
/// [`CancelReason::Shutdown`](crate::CancelReason::Shutdown). Returns at once.
///
/// For handlers of signals: a signal is no error of anybody. Marked regions give way, the roots wait for everybody, and their
/// [grace](Builder::grace) begins to count.
pub fn shutdown() {
    crate::nursery::ask_roots_to_shut_down();
}
