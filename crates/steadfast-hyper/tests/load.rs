//! Clients send while the server is asked to end: every request that a handler has begun is answered in full, and nobody is left.

mod support;

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use steadfast::{CancelScope, nursery, yield_now};
use steadfast_hyper::{Served, Server, from_tower};

use support::{Client, Count, Net, Version, until};

const CLIENTS: usize = 12;

/// Requests that are begun before the server is asked to end.
const BEFORE: usize = 200;

/// A body that takes several reads and writes, and that nobody can mistake for a part of it.
fn long_body(number: usize) -> Bytes {
    let mut body = vec![b'.'; 200_000];
    body.extend_from_slice(format!("end of {number}").as_bytes());
    body.into()
}

/// Answers after a few turns.
async fn answer(begun: Arc<Count>) -> Bytes {
    let number = begun.up();
    for _ in 0..number % 7 {
        yield_now().await;
    }
    long_body(number)
}

/// What came of the load: what the server says, and how many answers arrived whole.
async fn run<N: Net, S, B>(version: Version, begun: Arc<Count>, service: S) -> (Served, usize)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (listener, at) = N::bind().await.unwrap();
    let scope = CancelScope::new();
    let stop = scope.handle();
    let answered = Arc::new(Count::default());
    let served = nursery(async |n| {
        let server = Server::new().name("under load").serve(listener, service);
        let around = n.clone();
        let serving = n.spawn_with_handle(async move {
            let served = scope.run(server).await;
            // Whoever has returned has left nothing behind.
            assert!(!around.tree().to_string().contains("under load"));
            served
        });
        for _ in 0..CLIENTS {
            let (clients, answered) = (n.clone(), answered.clone());
            n.spawn(async move {
                let mut client = Client::connect::<N>(&clients, at, version).await;
                while let Ok((_, body)) = client.get("/").await {
                    assert!(body.len() > 200_000 && body[200_000..].starts_with(b"end of "));
                    answered.up();
                }
            });
        }
        until(|| begun.get() >= BEFORE).await;
        stop.cancel("enough");
        serving.await.unwrap()
    })
    .await;
    (served, answered.get())
}

fn check(version: Version, begun: &Count, (served, answered): (Served, usize)) {
    assert_eq!(answered, begun.get(), "an answer was lost: {served:?}");
    assert_eq!(
        (served.requests, served.answered),
        (begun.get() as u64, begun.get() as u64)
    );
    assert_eq!(
        (served.connections, served.cut, served.panicked),
        (CLIENTS as u64, 0, 0)
    );
    // In HTTP/2, a client that hangs up while the server says goodbye is an error of the network; nobody waited for anything.
    if version == Version::H1 {
        assert_eq!(served.finished, CLIENTS as u64, "{served:?}");
    }
    assert!(answered >= BEFORE);
}

fn with_hyper<N: Net>(version: Version) {
    N::block_on(async {
        let begun = Arc::new(Count::default());
        let counted = begun.clone();
        let service = service_fn(move |_| {
            let begun = counted.clone();
            async move { Ok::<_, Infallible>(Response::new(Full::new(answer(begun).await))) }
        });
        check(
            version,
            &begun,
            run::<N, _, _>(version, begun.clone(), service).await,
        );
    });
}

fn with_axum<N: Net>(version: Version) {
    N::block_on(async {
        let begun = Arc::new(Count::default());
        let counted = begun.clone();
        let handler = axum::routing::get(move || answer(counted.clone()));
        let app = axum::Router::new().route("/", handler);
        let run = run::<N, _, _>(version, begun.clone(), from_tower(app));
        check(version, &begun, run.await);
    });
}

fn a_hyper_server_loses_no_request_of_http1<N: Net>() {
    with_hyper::<N>(Version::H1);
}

fn a_hyper_server_loses_no_request_of_http2<N: Net>() {
    with_hyper::<N>(Version::H2);
}

fn an_axum_server_loses_no_request_of_http1<N: Net>() {
    with_axum::<N>(Version::H1);
}

fn an_axum_server_loses_no_request_of_http2<N: Net>() {
    with_axum::<N>(Version::H2);
}

on_each_runtime!(
    a_hyper_server_loses_no_request_of_http1,
    a_hyper_server_loses_no_request_of_http2,
    an_axum_server_loses_no_request_of_http1,
    an_axum_server_loses_no_request_of_http2,
);
