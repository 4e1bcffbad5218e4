//! `cargo run -p kv-ported -- [tokio|smol|async-std] [ADDRESS] [FILE]`; Ctrl-C ends it.
#![forbid(unsafe_code)]

use std::env;
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use async_io::Async;
use async_signal::{Signal, Signals};
use futures_lite::StreamExt;
use kv_ported::{Blocking, serve};
use kv_shared::{Limits, Sqlite};
use steadfast::async_std::AsyncStd;
use steadfast::block_on;
use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    match args.next().as_deref() {
        None | Some("tokio") => block_on(&TokioRuntime::new()?, program(args)),
        Some("smol") => block_on(&SmolRuntime::new()?, program(args)),
        Some("async-std") => block_on(&AsyncStd, program(args)),
        Some(other) => Err(io::Error::other(format!("there is no runtime {other}"))),
    }
}

async fn program(mut args: impl Iterator<Item = String>) -> io::Result<()> {
    let address = args.next().unwrap_or_else(|| "127.0.0.1:6380".into());
    let file = args.next().unwrap_or_else(|| "kv.sqlite".into());
    let store = Arc::new(Blocking::new(Sqlite::open(Path::new(&file))?));
    let listener = Async::new(TcpListener::bind(&address)?)?;
    println!("serving {file} at {address}");
    let mut interrupts = Signals::new([Signal::Int])?;
    let interrupt = async move { _ = interrupts.next().await };
    let summary = serve(listener, store, Limits::default(), interrupt).await?;
    println!("{summary:?}");
    Ok(())
}
