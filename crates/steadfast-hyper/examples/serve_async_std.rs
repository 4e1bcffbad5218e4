//! A server of hyper on async-std, for so many seconds as its argument says. Requests that have begun are answered first.
//!
//! Run it with `cargo run -p steadfast-hyper --features async-std --example serve_async_std -- 20`, and try
//! `curl localhost:3000/slow` as the time runs out.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use steadfast::sleep;
use steadfast_hyper::Server;

#[steadfast::main(async_std)]
async fn main() -> io::Result<()> {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let seconds = Duration::from_secs(seconds.unwrap_or(20));
    let listener = async_std::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let served = Server::new()
        .name("web")
        .limit(1024)
        .grace(Duration::from_secs(10))
        .until(sleep(seconds))
        .serve(listener, service_fn(answer))
        .await;
    println!("{served:#?}");
    Ok(())
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/slow" {
        sleep(Duration::from_secs(3)).await;
    }
    Ok(Response::new(Full::from("hello\n")))
}
