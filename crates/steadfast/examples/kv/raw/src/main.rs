//! `cargo run -p kv-raw -- [ADDRESS] [FILE]`; Ctrl-C ends it.
#![forbid(unsafe_code)]

use std::env;
use std::io;
use std::path::Path;
use std::sync::Arc;

use kv_raw::{Blocking, serve};
use kv_shared::{Limits, Sqlite};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:6380".into());
    let file = args.next().unwrap_or_else(|| "kv.sqlite".into());
    let store = Arc::new(Blocking::new(Sqlite::open(Path::new(&file))?));
    let listener = TcpListener::bind(&address).await?;
    println!("serving {file} at {address}");
    let interrupt = async { _ = tokio::signal::ctrl_c().await };
    let summary = serve(listener, store, Limits::default(), interrupt).await?;
    println!("{summary:?}");
    Ok(())
}
