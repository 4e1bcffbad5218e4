//! Running on async-std: the types of the backend `steadfast-async-std`. [`own`] makes a child of a task that code which has not been
//! ported has spawned.
//!
//! <div class="warning">
//!
//! **async-std is discontinued** (RUSTSEC-2025-0052): it gets no fixes, and audit tools report it. This module is maintained and
//! tested, and gets nothing new. Use the feature `smol`: it is the same engine, and it shuts down.
//!
//! </div>

pub use steadfast_async_std::{AsyncStd, AsyncStdTask, Sleep, own};
