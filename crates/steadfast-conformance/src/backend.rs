//! The laws of a backend: it polls a task or drops it, and nothing else.
//!
//! These cases use [`Spawn`](steadfast_core::Spawn), [`SpawnBlocking`](steadfast_core::SpawnBlocking) and
//! [`Timer`](steadfast_core::Timer) bare, without a nursery. A backend that fails one of them cannot hold a nursery up.

mod blocking;
mod polling;
mod shutdown;
mod spawning;
mod timers;
mod waking;

crate::suite::layer! {
    backend_tests;
    spawning backend_spawning_tests,
    polling backend_polling_tests,
    waking backend_waking_tests,
    shutdown backend_shutdown_tests,
    blocking backend_blocking_tests,
    timers backend_timers_tests,
}
