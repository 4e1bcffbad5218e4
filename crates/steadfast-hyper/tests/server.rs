//! What a server promises of single connections and requests.

mod support;

use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use steadfast::{
    AsyncDrop, AsyncDropGuard, CancelReason, CancelScope, FutureExt, cancelled, nursery,
    set_report_hook, yield_now,
};
use steadfast_hyper::{ConnectionError, Listener, Served, Server, auto};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use support::{Client, Count, Io, Net, Version, until};

const HOUR: Duration = Duration::from_secs(3600);

type Answer = Result<Response<Full<Bytes>>, Infallible>;

fn text(text: &'static str) -> Answer {
    Ok(Response::new(Full::from(text)))
}

/// A gate that opens once.
#[derive(Debug, Default)]
struct Gate(Count);

impl Gate {
    fn open(&self) {
        self.0.up();
    }

    async fn pass(&self) {
        until(|| self.0.get() > 0).await;
    }
}

/// Says when each connection has been accepted.
struct Noting<L>(L, Arc<Count>);

impl<L: Listener> Listener for Noting<L> {
    type Io = L::Io;
    type Peer = L::Peer;

    async fn accept(&mut self) -> std::io::Result<(L::Io, L::Peer)> {
        let accepted = self.0.accept().await?;
        self.1.up();
        Ok(accepted)
    }
}

/// A server that runs in a scope of its own, and what its parts can be asked.
struct Running {
    at: std::net::SocketAddr,
    accepted: Arc<Count>,
    stop: steadfast::CancelHandle,
    serving: steadfast::Child<Served>,
    clients: steadfast::Nursery,
}

impl Running {
    async fn client<N: Net>(&self, version: Version) -> Client {
        Client::connect::<N>(&self.clients, self.at, version).await
    }

    async fn stop(self) -> Served {
        self.stop.cancel("the test is over");
        self.serving.await.unwrap()
    }

    fn tree(&self) -> String {
        self.clients.tree().to_string()
    }
}

/// Runs `test` beside a server whose requests `handler` answers.
fn with_server<N, H, A, T>(server: Server, handler: H, test: impl FnOnce(Running) -> T)
where
    N: Net,
    H: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
    A: Future<Output = Answer> + Send + 'static,
    T: Future<Output = ()>,
{
    N::block_on(nursery(async |n| {
        let (listener, at) = N::bind().await.unwrap();
        let accepted = Arc::new(Count::default());
        let scope = CancelScope::new();
        let stop = scope.handle();
        let server = server.serve(Noting(listener, accepted.clone()), service_fn(handler));
        let serving = n.spawn_with_handle(scope.run(server));
        test(Running {
            at,
            accepted,
            stop,
            serving,
            clients: n,
        })
        .await;
    }));
}

fn an_idle_connection_does_not_hold_the_shutdown_up<N: Net>() {
    for version in [Version::H1, Version::H2] {
        let server = Server::new().first_request_within(HOUR);
        with_server::<N, _, _, _>(
            server,
            async |_| text("hello"),
            async |server| {
                let mut client = server.client::<N>(version).await;
                assert_eq!(client.get("/").await.unwrap().1, "hello");
                let served = server.stop().await;
                assert_eq!((served.answered, served.finished), (1, 1), "{served:?}");
                // The client has been there all the time.
                assert!(client.get("/").await.is_err());
            },
        );
    }
}

fn a_silent_connection_does_not_hold_the_shutdown_up<N: Net>() {
    let server = Server::new().first_request_within(Duration::ZERO);
    with_server::<N, _, _, _>(
        server,
        async |_| text("hello"),
        async |server| {
            let io = N::connect(server.at).await.unwrap();
            until(|| server.accepted.get() == 1).await;
            let served = server.stop().await;
            assert_eq!((served.connections, served.finished), (1, 1), "{served:?}");
            drop(io);
        },
    );
}

fn the_first_request_of_an_accepted_connection_is_answered_after_the_shutdown<N: Net>() {
    for version in [Version::H1, Version::H2] {
        let server = Server::new().first_request_within(HOUR);
        with_server::<N, _, _, _>(
            server,
            async |_| text("hello"),
            async |server| {
                let io = N::connect(server.at).await.unwrap();
                until(|| server.accepted.get() == 1).await;
                server.stop.cancel("before the request");
                // The port is free when the listener is gone.
                while N::connect(server.at).await.is_ok() {
                    yield_now().await;
                }
                let mut client = Client::over(&server.clients, io, version).await.unwrap();
                assert_eq!(client.get("/").await.unwrap().1, "hello");
                let served = server.stop().await;
                assert_eq!(served.requests, 1, "{served:?}");
            },
        );
    }
}

/// Where an answer is when the server is asked to end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answering {
    InItsHandler,
    OnItsWay,
}

/// A socket that is closed with bytes in it that nobody has read resets the connection, and takes with it what is still to be sent.
fn a_client_that_sends_on_gets_its_last_answer_in_full<N: Net>() {
    for when in [Answering::InItsHandler, Answering::OnItsWay] {
        let (begun, ended, gate) = <(Arc<Count>, Arc<Count>, Arc<Gate>)>::default();
        let seen = (begun.clone(), ended.clone(), gate.clone());
        let handler = move |_| {
            let (begun, ended, gate) = seen.clone();
            async move {
                begun.up();
                gate.pass().await;
                ended.up();
                // More than the sockets hold: its end is on the side of the server when that would close.
                let mut body = vec![b'.'; 16 << 20];
                body.extend_from_slice(b"the end");
                Ok(Response::new(Full::from(body)))
            }
        };
        with_server::<N, _, _, _>(Server::new(), handler, async |server| {
            let mut io = TokioIo::new(N::connect(server.at).await.unwrap());
            let request = b"GET / HTTP/1.1\r\nhost: server\r\n\r\n";
            io.write_all(request).await.unwrap();
            until(|| begun.get() == 1).await;
            if when == Answering::OnItsWay {
                gate.open();
                until(|| ended.get() == 1).await;
            }
            server.stop.cancel("shutdown");
            // Requests that nobody will read, for the answer to the first one is the last.
            io.write_all(&request.repeat(1024)).await.unwrap();
            gate.open();
            let (mut answer, mut part) = (Vec::new(), vec![0; 1 << 16]);
            loop {
                let length = io.read(&mut part).await.unwrap();
                if length == 0 {
                    break;
                }
                answer.extend_from_slice(&part[..length]);
                yield_now().await;
            }
            assert!(answer.ends_with(b"the end"), "{when:?}: {}", answer.len());
            drop(io);
            // The connection may have taken in another request before it heard of the end: then that one is answered, too.
            let served = server.stop().await;
            assert!(served.requests > 0, "{served:?}");
            assert_eq!(
                (served.answered, served.finished),
                (served.requests, 1),
                "{served:?}"
            );
        });
    }
}

/// Says that a connection was aborted, then accepts.
struct Failing<L>(L, bool);

impl<L: Listener> Listener for Failing<L> {
    type Io = L::Io;
    type Peer = L::Peer;

    async fn accept(&mut self) -> std::io::Result<(L::Io, L::Peer)> {
        if std::mem::replace(&mut self.1, false) {
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        self.0.accept().await
    }
}

fn errors_of_the_listener_and_of_connections_are_told_and_end_nothing<N: Net>() {
    N::block_on(async {
        let (listener, at) = N::bind().await.unwrap();
        let scope = CancelScope::new();
        let stop = scope.handle();
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = told.clone();
        let server = Server::new().on_error(move |error| {
            let kind = match error.downcast_ref::<ConnectionError>() {
                Some(error) => {
                    assert!(error.as_hyper().is_some(), "{error}");
                    "connection"
                }
                None => "listener",
            };
            heard.lock().unwrap().push(kind);
        });
        let service = service_fn(async |_| text("hello"));
        let served = nursery(async |n| {
            let server = server.serve(Failing(listener, true), service);
            let serving = n.spawn_with_handle(scope.run(server));
            let mut io = TokioIo::new(N::connect(at).await.unwrap());
            io.write_all(b"no request of HTTP\r\n\r\n").await.unwrap();
            until(|| told.lock().unwrap().len() == 2).await;
            let mut client = Client::connect::<N>(&n, at, Version::H1).await;
            assert_eq!(client.get("/").await.unwrap().1, "hello");
            stop.cancel("the test is over");
            serving.await.unwrap()
        })
        .await;
        assert_eq!(*told.lock().unwrap(), ["listener", "connection"]);
        assert_eq!((served.connections, served.failed), (2, 1), "{served:?}");
    });
}

fn an_upgraded_connection_belongs_to_whoever_takes_it<N: Net>() {
    let upgraded = Arc::new(Mutex::new(None));
    let taken = upgraded.clone();
    let handler = move |request| {
        *taken.lock().unwrap() = Some(hyper::upgrade::on(request));
        async {
            let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
            Ok(response
                .header("upgrade", "echo")
                .body(Full::default())
                .unwrap())
        }
    };
    with_server::<N, _, _, _>(Server::new(), handler, async |server| {
        let mut io = TokioIo::new(N::connect(server.at).await.unwrap());
        let request =
            b"GET / HTTP/1.1\r\nhost: server\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
        io.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(io.read_u8().await.unwrap());
        }
        let upgrade = upgraded.lock().unwrap().take().unwrap();
        let theirs = upgrade.await.unwrap();
        // The server has nothing more to do with it.
        let served = server.stop().await;
        assert_eq!((served.finished, served.answered), (1, 1), "{served:?}");
        // It is the server's wrapper that is in it, and no type of socket.
        let Err(theirs) = auto::upgrade::downcast::<Io<N>>(theirs) else {
            panic!("the documentation says that it is not to be had");
        };
        let mut theirs = TokioIo::new(theirs);
        theirs.write_all(b"ping").await.unwrap();
        let mut heard = [0; 4];
        io.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"ping");
        drop(theirs);
        assert_eq!(io.read(&mut heard).await.unwrap(), 0);
    });
}

/// Its clean-up takes until the gate opens.
struct Guarded {
    gate: Arc<Gate>,
    cleaned: Arc<Count>,
}

impl AsyncDrop for Guarded {
    async fn async_drop(self: Pin<&mut Self>) {
        self.gate.pass().await;
        self.cleaned.up();
    }
}

fn what_never_ends_is_cut_at_the_grace_and_cleaned_up<N: Net>() {
    for version in [Version::H1, Version::H2] {
        let (begun, cleaned) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let (counted, guarded) = (begun.clone(), cleaned.clone());
        let grace = Duration::from_millis(20);
        let handler = move |_| {
            let (begun, cleaned, gate) = (counted.clone(), guarded.clone(), Arc::default());
            async move {
                Gate::open(&gate);
                let _guard = AsyncDropGuard::new(Guarded { gate, cleaned });
                begun.up();
                pending().await
            }
        };
        with_server::<N, _, _, _>(Server::new().grace(grace), handler, async |server| {
            let mut client = server.client::<N>(version).await;
            let request = server.clients.spawn_with_handle(async move {
                assert!(client.get("/").await.is_err());
            });
            until(|| begun.get() == 1).await;
            let asked = Instant::now();
            let served = server.stop().await;
            assert!(asked.elapsed() >= grace);
            assert_eq!((served.requests, served.answered), (1, 0), "{served:?}");
            if version == Version::H1 {
                assert_eq!((served.cut, served.finished), (1, 0), "{served:?}");
            }
            assert_eq!(cleaned.get(), 1);
            request.await.unwrap();
        });
    }
}

fn a_slow_clean_up_is_awaited<N: Net>() {
    for version in [Version::H1, Version::H2] {
        let (gate, cleaned) = (Arc::new(Gate::default()), Arc::new(Count::default()));
        let (closed, counted) = (gate.clone(), cleaned.clone());
        let begun = Arc::new(Count::default());
        let begins = begun.clone();
        let handler = move |_| {
            let (gate, cleaned, begun) = (closed.clone(), counted.clone(), begins.clone());
            async move {
                let _guard = AsyncDropGuard::new(Guarded { gate, cleaned });
                begun.up();
                // Marked: it gives way to the shutdown, and answers.
                _ = pending::<()>().or_cancelled().await;
                text("gave way")
            }
        };
        with_server::<N, _, _, _>(Server::new(), handler, async |server| {
            let mut client = server.client::<N>(version).await;
            let request = server.clients.spawn_with_handle(async move {
                assert_eq!(client.get("/").await.unwrap().1, "gave way");
            });
            until(|| begun.get() == 1).await;
            server.stop.cancel("shutdown");
            request.await.unwrap();
            assert_eq!((cleaned.get(), server.serving.is_finished()), (0, false));
            gate.open();
            let served = server.stop().await;
            assert_eq!((cleaned.get(), served.answered), (1, 1), "{served:?}");
        });
    }
}

fn the_panic_of_a_handler_is_reported_and_ends_nobody_else<N: Net>() {
    let handler = async |request: Request<Incoming>| match request.uri().path() {
        "/panic" => panic!("a handler of the test panics"),
        _ => text("hello"),
    };
    for version in [Version::H1, Version::H2] {
        let before = reports_of_panics();
        with_server::<N, _, _, _>(Server::new(), handler, async |server| {
            let mut bystander = server.client::<N>(version).await;
            let mut client = server.client::<N>(version).await;
            assert!(client.get("/panic").await.is_err());
            assert_eq!(bystander.get("/").await.unwrap().1, "hello");
            if version == Version::H2 {
                assert_eq!(client.get("/").await.unwrap().1, "hello");
            }
            let served = server.stop().await;
            let panicked = u64::from(version == Version::H1);
            assert_eq!(served.panicked, panicked, "{served:?}");
            assert_eq!(served.answered, served.requests - 1, "{served:?}");
        });
        assert!(reports_of_panics() > before);
    }
}

/// How many panics of this file have been reported so far; the hook is one for the process.
fn reports_of_panics() -> usize {
    static HEARD: OnceLock<Arc<Count>> = OnceLock::new();
    let heard = HEARD.get_or_init(|| {
        let heard = Arc::new(Count::default());
        let counted = heard.clone();
        set_report_hook(move |report| {
            if report.to_string().contains("a handler of the test panics") {
                counted.up();
            }
        });
        heard
    });
    heard.get()
}

fn a_handler_goes_on_when_its_client_has_gone<N: Net>() {
    for version in [Version::H1, Version::H2] {
        let (begun, gate, ended) = <(Arc<Count>, Arc<Gate>, Arc<Count>)>::default();
        let seen = (begun.clone(), gate.clone(), ended.clone());
        let handler = move |_| {
            let (begun, gate, ended) = seen.clone();
            async move {
                begun.up();
                gate.pass().await;
                ended.up();
                text("nobody reads this")
            }
        };
        with_server::<N, _, _, _>(Server::new().name("web"), handler, async |server| {
            let scope = CancelScope::new();
            let hang_up = scope.handle();
            let at = server.at;
            let client = server.clients.spawn_with_handle(scope.run(nursery(
                async move |n: steadfast::Nursery| {
                    let mut client = Client::connect::<N>(&n, at, version).await;
                    _ = client.get("/").or_cancelled().await;
                },
            )));
            until(|| begun.get() == 1).await;
            hang_up.cancel("the client hangs up");
            client.await.unwrap();
            // hyper has dropped the handler, and the nursery has taken it over.
            until(|| server.tree().contains("adopted")).await;
            assert_eq!(ended.get(), 0);
            gate.open();
            server.stop().await;
            assert_eq!(ended.get(), 1);
        });
    }
}

fn nobody_is_accepted_beyond_the_limit<N: Net>() {
    let (begun, gate) = <(Arc<Count>, Arc<Gate>)>::default();
    let seen = (begun.clone(), gate.clone());
    let handler = move |_| {
        let (begun, gate) = seen.clone();
        async move {
            begun.up();
            gate.pass().await;
            text("hello")
        }
    };
    with_server::<N, _, _, _>(Server::new().limit(1), handler, async |server| {
        let ask = |mut client: Client| async move {
            let answer = client.get("/").await.unwrap();
            assert_eq!(answer, (StatusCode::OK, Bytes::from("hello")));
        };
        let first = server.client::<N>(Version::H1).await;
        let first = server.clients.spawn_with_handle(ask(first));
        until(|| begun.get() == 1).await;
        let second = server.client::<N>(Version::H1).await;
        let second = server.clients.spawn_with_handle(ask(second));
        for _ in 0..1000 {
            yield_now().await;
        }
        assert_eq!((server.accepted.get(), begun.get()), (1, 1));
        gate.open();
        first.await.unwrap();
        second.await.unwrap();
        assert_eq!(server.accepted.get(), 2);
        server.stop().await;
    });
}

fn a_request_is_asked_to_end_at_its_deadline<N: Net>() {
    let reasons = Arc::new(Mutex::new(Vec::new()));
    let seen = reasons.clone();
    let handler = move |_| {
        let reasons = seen.clone();
        async move {
            let reason = cancelled().await;
            reasons.lock().unwrap().push(reason);
            text("late")
        }
    };
    let server = Server::new().request_deadline(Duration::from_millis(5));
    with_server::<N, _, _, _>(server, handler, async |server| {
        for version in [Version::H1, Version::H2] {
            let mut client = server.client::<N>(version).await;
            assert_eq!(client.get("/").await.unwrap().1, "late");
        }
        assert_eq!(*reasons.lock().unwrap(), vec![CancelReason::Deadline; 2]);
        server.stop().await;
    });
}

fn a_connection_drains_at_its_deadline<N: Net>() {
    for version in [Version::H1, Version::H2] {
        let server = Server::new().connection_deadline(Duration::from_millis(5));
        // Longer than the connection, and answered all the same.
        let handler = async |_| {
            cancelled().await;
            text("hello")
        };
        with_server::<N, _, _, _>(server, handler, async |server| {
            let mut client = server.client::<N>(version).await;
            assert_eq!(client.get("/").await.unwrap().1, "hello");
            // In HTTP/2, requests that cross with the `GOAWAY` are answered.
            while client.get("/").await.is_ok() {}
            // It is the connection that has ended, not the server.
            let mut client = server.client::<N>(version).await;
            assert_eq!(client.get("/").await.unwrap().1, "hello");
            let served = server.stop().await;
            assert_eq!(served.answered, served.requests, "{served:?}");
        });
    }
}

fn a_server_that_is_dropped_drains_in_the_nursery_around<N: Net>() {
    for version in [Version::H1, Version::H2] {
        let (begun, gate) = <(Arc<Count>, Arc<Gate>)>::default();
        N::block_on(async {
            let (listener, at) = N::bind().await.unwrap();
            let seen = (begun.clone(), gate.clone());
            let service = service_fn(move |_| {
                let (begun, gate) = seen.clone();
                async move {
                    begun.up();
                    gate.pass().await;
                    text("hello")
                }
            });
            let answered = nursery(async |clients| {
                let mut asked = None;
                nursery(async |around| {
                    let scope = CancelScope::new();
                    let stop = scope.handle();
                    let server = Server::new().serve(listener, service);
                    // Here it is dropped, as a foreign `select!` would drop it.
                    let dropped = around.spawn_with_handle(scope.run(server.or_cancelled()));
                    let mut client = Client::connect::<N>(&clients, at, version).await;
                    let request = clients.spawn_with_handle(async move { client.get("/").await });
                    until(|| begun.get() == 1).await;
                    stop.cancel("dropped");
                    assert!(dropped.await.unwrap().is_err());
                    while N::connect(at).await.is_ok() {
                        yield_now().await;
                    }
                    gate.open();
                    asked = Some(request);
                })
                .await;
                asked.unwrap().await
            })
            .await;
            assert_eq!(answered.unwrap().unwrap().1, "hello");
        });
    }
}

fn the_signal_ends_the_server<N: Net>() {
    N::block_on(async {
        let (listener, at) = N::bind().await.unwrap();
        let gate = Arc::new(Gate::default());
        let signal = gate.clone();
        let server = Server::new().until(async move { signal.pass().await });
        let service = service_fn(async |_| text("hello"));
        let served = nursery(async |n| {
            let serving = n.spawn_with_handle(server.serve(listener, service));
            let mut client = Client::connect::<N>(&n, at, Version::H1).await;
            assert_eq!(client.get("/").await.unwrap().1, "hello");
            gate.open();
            serving.await.unwrap()
        })
        .await;
        assert_eq!((served.requests, served.answered), (1, 1), "{served:?}");
    });
}

on_each_runtime!(
    an_idle_connection_does_not_hold_the_shutdown_up,
    a_silent_connection_does_not_hold_the_shutdown_up,
    the_first_request_of_an_accepted_connection_is_answered_after_the_shutdown,
    a_client_that_sends_on_gets_its_last_answer_in_full,
    errors_of_the_listener_and_of_connections_are_told_and_end_nothing,
    an_upgraded_connection_belongs_to_whoever_takes_it,
    what_never_ends_is_cut_at_the_grace_and_cleaned_up,
    a_slow_clean_up_is_awaited,
    the_panic_of_a_handler_is_reported_and_ends_nobody_else,
    a_handler_goes_on_when_its_client_has_gone,
    nobody_is_accepted_beyond_the_limit,
    a_request_is_asked_to_end_at_its_deadline,
    a_connection_drains_at_its_deadline,
    a_server_that_is_dropped_drains_in_the_nursery_around,
    the_signal_ends_the_server,
);
