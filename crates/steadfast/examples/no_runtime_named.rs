//! A library uses nurseries and names no runtime; the program that calls it has chosen one.
//!
//! `cargo run --example no_runtime_named --features tokio,smol`

/// As it would be in a crate that depends on `steadfast` without any feature.
mod library {
    use std::time::Duration;

    use steadfast::{Nursery, NurseryError, sleep};

    async fn fetch(page: u32) -> Result<usize, String> {
        sleep(Duration::from_millis(u64::from(page))).await;
        match page {
            13 => Err(format!("page {page} is missing")),
            _ => Ok(page as usize * 100),
        }
    }

    /// The sizes of all pages, eight at a time. The first page that is missing ends it.
    pub(crate) async fn sizes(pages: &[u32]) -> Result<usize, NurseryError<String>> {
        let children = Nursery::builder()
            .name("sizes")
            .limit(8)
            .try_run(async |n| {
                let start = |page: &u32| n.spawn_with_handle(fetch(*page));
                Ok(pages.iter().map(start).collect::<Vec<_>>())
            })
            .await?;
        let mut sum = 0;
        for child in children {
            sum += child.await.expect("nobody has failed");
        }
        Ok(sum)
    }
}

async fn program(runtime: &str) {
    println!("on {runtime}:");
    for pages in [[1, 2, 3], [12, 13, 14]] {
        match library::sizes(&pages).await {
            Ok(sum) => println!("  {pages:?}: {sum} bytes"),
            Err(error) => println!("  {pages:?}: {error}"),
        }
    }
}

fn main() -> std::io::Result<()> {
    use steadfast::{block_on, smol::SmolRuntime, tokio::TokioRuntime};

    block_on(&TokioRuntime::new()?, program("tokio"));
    block_on(&SmolRuntime::new()?, program("smol"));
    Ok(())
}
