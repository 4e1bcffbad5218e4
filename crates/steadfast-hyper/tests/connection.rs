//! How long one connection stays open, on a clock that stands still unless everybody waits for it.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use steadfast::tokio::TokioRuntime;
use steadfast::{CancelHandle, CancelScope, cancelled, nursery, yield_now};
use steadfast_hyper::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::Instant;

/// So long a client that is owed an answer may take to hang up.
const PATIENCE: Duration = Duration::from_secs(2);

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: server\r\n\r\n";

/// How long the connection stays open after it was asked to end, by the client of `test`, which holds on to its side unless it drops it.
fn stays_open<H, A, T>(
    server: Server,
    room: usize,
    handler: H,
    test: impl FnOnce(DuplexStream, CancelHandle) -> T + Send,
) -> Duration
where
    H: Fn() -> A + Send + 'static,
    A: Future<Output = &'static str> + Send + 'static,
    T: Future<Output = Option<DuplexStream>> + Send,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    steadfast::block_on(&TokioRuntime::from(runtime), async {
        let (client, io) = duplex(room);
        let scope = CancelScope::new();
        let stop = scope.handle();
        let service = service_fn(move |_: Request<Incoming>| {
            let answer = handler();
            async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(answer.await))) }
        });
        nursery(async |n| {
            let served = n.spawn_with_handle(scope.run(async move {
                let ended = server.serve_connection(TokioIo::new(io), service).await;
                ended.unwrap();
                Instant::now()
            }));
            let held = test(client, stop.clone()).await;
            let asked = Instant::now();
            stop.cancel("the test has asked, or is late");
            let ended = served.await.unwrap();
            drop(held);
            ended - asked
        })
        .await
    })
}

async fn read_until(client: &mut DuplexStream, end: &str) -> String {
    let mut text = Vec::new();
    while !text.ends_with(end.as_bytes()) {
        text.push(client.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap()
}

/// Everybody who can move has moved.
async fn settle() {
    for _ in 0..64 {
        yield_now().await;
    }
}

#[test]
fn an_idle_one_is_closed_at_once_though_its_client_holds_on() {
    let stayed = stays_open(
        Server::new(),
        1024,
        async || "hello",
        |mut client, _| async {
            client.write_all(REQUEST).await.unwrap();
            read_until(&mut client, "hello").await;
            settle().await;
            Some(client)
        },
    );
    assert_eq!(stayed, Duration::ZERO);
}

#[test]
fn a_silent_one_is_closed_when_its_first_request_does_not_come() {
    for (server, patience) in [
        (Server::new(), Duration::from_secs(1)),
        (
            Server::new().first_request_within(Duration::from_secs(7)),
            Duration::from_secs(7),
        ),
    ] {
        let silent = |client, _| async { Some(client) };
        assert_eq!(stays_open(server, 1024, async || "hello", silent), patience);
    }
}

/// It answers because it is asked to end: all is said in one poll.
async fn answers_when_asked() -> &'static str {
    cancelled().await;
    "goodbye"
}

#[test]
fn one_that_owes_an_answer_says_that_it_is_the_last_and_waits_until_the_client_hangs_up() {
    for hangs_up in [true, false] {
        let stayed = stays_open(
            Server::new(),
            1024,
            answers_when_asked,
            |mut client, stop| async move {
                client.write_all(REQUEST).await.unwrap();
                settle().await;
                stop.cancel("shutdown");
                let answer = read_until(&mut client, "goodbye").await;
                assert!(answer.contains("connection: close"), "{answer}");
                assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
                (!hangs_up).then_some(client)
            },
        );
        assert_eq!(stayed, if hangs_up { Duration::ZERO } else { PATIENCE });
    }
}

#[test]
fn one_whose_answer_is_on_its_way_waits_until_the_client_has_it_and_hangs_up() {
    for hangs_up in [true, false] {
        // No room for the whole answer.
        let stayed = stays_open(
            Server::new(),
            16,
            async || "hello, hello",
            |mut client, stop| async move {
                client.write_all(REQUEST).await.unwrap();
                settle().await;
                stop.cancel("shutdown");
                settle().await;
                // Nobody will read this.
                client.write_all(&REQUEST[..8]).await.unwrap();
                read_until(&mut client, "hello, hello").await;
                assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
                (!hangs_up).then_some(client)
            },
        );
        assert_eq!(stayed, if hangs_up { Duration::ZERO } else { PATIENCE });
    }
}
