//! What the features add, and that they add nothing else.

use futures_util::FutureExt as _;

/// The names that code without any feature can use.
async fn library_code() -> usize {
    let squares = steadfast::nursery(async |n| n.spawn_with_handle(async { 7 * 7 })).await;
    squares.await.unwrap_or_default()
}

#[test]
fn the_text_about_no_runtime_names_the_enabled_features() {
    let error = steadfast::current_runtime().expect_err("a plain thread has none");
    let text = error.to_string();
    for (feature, enabled) in [
        ("`tokio`", cfg!(feature = "tokio")),
        ("`smol`", cfg!(feature = "smol")),
        ("`smol-global`", cfg!(feature = "smol-global")),
        ("`async-std`", cfg!(feature = "async-std")),
    ] {
        let named = text
            .split("enabled runtime features:")
            .nth(1)
            .is_some_and(|list| {
                list.split(';')
                    .next()
                    .is_some_and(|list| list.contains(feature))
            });
        assert_eq!(named, enabled, "{feature} in {text:?}");
    }
    let none = !cfg!(any(
        feature = "tokio",
        feature = "smol",
        feature = "smol-global",
        feature = "async-std"
    ));
    assert_eq!(text.contains("no runtime feature"), none, "{text:?}");
}

#[test]
fn library_code_compiles_without_any_feature() {
    let future = library_code();
    assert!(
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| future.now_or_never())).is_err()
    );
}

/// Each owner enters its runtime, and what runs there is the same.
macro_rules! enters {
    ($($(#[$attribute:meta])* $name:ident $owner:expr;)*) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() {
            assert_eq!(steadfast::block_on(&$owner, library_code()), 49);
        }
    )*};
}

enters! {
    #[cfg(feature = "tokio")]
    tokio_multi_thread_enters steadfast::tokio::TokioRuntime::multi_thread(1).unwrap();
    #[cfg(feature = "tokio")]
    tokio_current_thread_enters steadfast::tokio::TokioRuntime::current_thread().unwrap();
    #[cfg(feature = "tokio")]
    tokio_local_runtime_enters steadfast::tokio::TokioLocalRuntime::new().unwrap();
    #[cfg(feature = "smol")]
    smol_enters steadfast::smol::SmolRuntime::with_threads(1).unwrap();
    #[cfg(feature = "smol-global")]
    global_smol_enters steadfast::smol::GlobalSmol;
    #[cfg(feature = "async-std")]
    async_std_enters steadfast::async_std::AsyncStd;
    #[cfg(feature = "sim")]
    sim_enters steadfast::sim::Sim::new(0);
}
