//! What the facade tells the core: how to find a runtime outside of steadfast tasks, and what to say if there is none.
//!
//! The core names no runtime, so somebody has to tell it. Every function of the facade that may look a runtime up outside
//! of a steadfast task calls [`install`] first; that is why a few functions and types are wrapped here instead of being
//! re-exported. Inside a steadfast task nothing has to be installed: the task knows its runtime.

use std::sync::Once;

/// Registers what the enabled features know. The first call does it; the others cost one load.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(feature = "tokio")]
        steadfast_core::register_finder(current_tokio);
        steadfast_core::register_advice(advice);
    });
}

#[cfg(feature = "tokio")]
fn current_tokio() -> Option<steadfast_core::AnyRuntime> {
    steadfast_tokio::Tokio::current()
        .ok()
        .map(steadfast_core::AnyRuntime::new)
}

/// The part of the text of `NoRuntime` that depends on the features.
fn advice() -> String {
    let features = [
        ("`tokio`", cfg!(feature = "tokio")),
        ("`smol`", cfg!(feature = "smol")),
        ("`smol-global`", cfg!(feature = "smol-global")),
        ("`async-std`", cfg!(feature = "async-std")),
    ];
    let enabled: Vec<_> = features
        .into_iter()
        .filter_map(|(feature, enabled)| enabled.then_some(feature))
        .collect();
    let enabled = match enabled.as_slice() {
        [] => String::from(
            "no runtime feature of `steadfast` is enabled: a program enables `tokio` or `smol`",
        ),
        names => format!("enabled runtime features: {}", names.join(", ")),
    };
    let tokio = match cfg!(feature = "tokio") {
        true => {
            "a plain tokio task would do as well, but this thread is not inside a tokio runtime"
        }
        false => {
            "inside a plain tokio task, the feature `tokio` of `steadfast` finds the current runtime"
        }
    };
    format!("{enabled}; {tokio}")
}
