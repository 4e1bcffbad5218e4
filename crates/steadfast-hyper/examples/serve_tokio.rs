//! An axum application on tokio, until Ctrl-C. Requests that have begun are answered first.
//!
//! Run it with `cargo run -p steadfast-hyper --features tokio --example serve_tokio`, and press Ctrl-C during a
//! `curl localhost:3000/slow`.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use steadfast_hyper::{Server, from_tower};

#[steadfast::main(tokio)]
async fn main() -> io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = Router::new()
        .route("/", get(async || "hello\n"))
        .route("/slow", get(slow));
    let served = Server::new()
        .name("web")
        .limit(1024)
        .grace(Duration::from_secs(10))
        .until(async { _ = tokio::signal::ctrl_c().await })
        .serve(listener, from_tower(app))
        .await;
    println!("{served:#?}");
    Ok(())
}

async fn slow() -> &'static str {
    steadfast::sleep(Duration::from_secs(3)).await;
    "it took a while\n"
}
