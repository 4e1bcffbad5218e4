//! The server: accepts, serves each connection as a child, and returns when the last one has finished.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_lock::Semaphore;
use hyper::body::{Body, Incoming};
use hyper::rt::{Read, Write};
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::server::conn::auto;
use steadfast::{Builder, Cancelled, Deadline, FutureExt, Nursery, nursery, sleep, with_deadline};

use crate::connection::{BoxError, Drain, Requests, run_until_drained};
use crate::linger::lend;
use crate::served::Counters;
use crate::service::Kept;
use crate::{ConnectionError, Listener, NurseryExecutor, NurseryTimer, Served};

/// How long the server leaves the operating system alone after an error that is not that of one connection: such a one, too many
/// open files for instance, lasts.
const AFTER_AN_ERROR: Duration = Duration::from_secs(1);

type Signal = Pin<Box<dyn Future<Output = ()> + Send>>;
type Hear = Box<dyn Fn(&(dyn std::error::Error + 'static)) + Send + Sync>;
type SetUp = Arc<dyn Fn(&mut auto::Builder<NurseryExecutor>) + Send + Sync>;

/// Says how a server is to be, then runs it with [`serve`](Self::serve): one call, which returns when every connection has finished.
///
/// Speaks HTTP/1 and HTTP/2, whichever the client begins with. Each connection is a child, named after its peer; the requests of an
/// HTTP/2 connection are its children in turn. What each setting leaves out is inherited from the nursery around.
///
/// See [the crate](crate) for an example, and for how a server shuts down.
#[must_use = "a server does nothing until `serve`"]
pub struct Server {
    builder: Builder,
    limit: Option<usize>,
    /// Nobody locks it: the lock makes the server `Sync`, so that children can share it for `serve_connection`.
    until: Option<Mutex<Signal>>,
    on_error: Option<Hear>,
    settings: Settings,
}

#[derive(Clone)]
struct Settings {
    connection: Deadline,
    request: Option<Duration>,
    patience: Duration,
    http: Option<SetUp>,
}

impl Server {
    /// A server without a limit, without a grace and without deadlines.
    pub fn new() -> Self {
        Self {
            builder: Nursery::builder(),
            limit: None,
            until: None,
            on_error: None,
            settings: Settings {
                connection: Deadline::Never,
                request: None,
                patience: Duration::from_secs(1),
                http: None,
            },
        }
    }

    /// Names it in the tree and in reports.
    pub fn name(mut self, name: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        self.builder = self.builder.name(name);
        self
    }

    /// Serves at most so many connections at once. The others wait in the backlog of the listener: none is accepted that could not be
    /// served.
    ///
    /// # Panics
    ///
    /// If `connections` is 0: nobody would ever be served.
    #[track_caller]
    pub fn limit(mut self, connections: usize) -> Self {
        assert!(
            connections > 0,
            "a server with a limit of 0 would never accept a connection; use at least 1"
        );
        self.limit = Some(connections);
        self
    }

    /// Drops what has not finished so long after the server was asked to end. Clean-ups are awaited all the same. Without a grace, the
    /// server waits for its connections for ever.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.builder = self.builder.grace(grace);
        self
    }

    /// Asks the server to end when `signal` is ready.
    ///
    /// It is one way among several: the scope around the call is another. The signal is dropped when the server ends.
    pub fn until(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.until = Some(Mutex::new(Box::pin(signal)));
        self
    }

    /// Lets each connection drain so long after it was accepted: it answers what it has read, and closes.
    pub fn connection_deadline(mut self, after: Duration) -> Self {
        self.settings.connection = Deadline::After(after);
        self
    }

    /// Asks the handler of each request to end so long after it began. It gives way at its marks; one without a mark goes on. For an
    /// answer that says so, use [`timeout`](steadfast::timeout) in the handler.
    pub fn request_deadline(mut self, after: Duration) -> Self {
        self.settings.request = Some(after);
        self
    }

    /// How long a connection that was accepted, and has asked for nothing yet, may hold the shutdown up: its first request may be on
    /// its way. 1 s by default.
    pub fn first_request_within(mut self, patience: Duration) -> Self {
        self.settings.patience = patience;
        self
    }

    /// Sets up hyper's own builder for each connection. Timer and executor are there already.
    ///
    /// ```
    /// # use steadfast_hyper::Server;
    /// let server = Server::new().http(|http| _ = http.http1().max_buf_size(64 * 1024));
    /// ```
    pub fn http(
        mut self,
        set_up: impl Fn(&mut auto::Builder<NurseryExecutor>) + Send + Sync + 'static,
    ) -> Self {
        self.settings.http = Some(Arc::new(set_up));
        self
    }

    /// Hears of each error: a [`ConnectionError`] when a connection ends with one, an [`io::Error`] when the listener has one. Without
    /// it, they are counted, and that is all: the end of a connection without a goodbye is everyday.
    pub fn on_error(
        mut self,
        hear: impl Fn(&(dyn std::error::Error + 'static)) + Send + Sync + 'static,
    ) -> Self {
        self.on_error = Some(Box::new(hear));
        self
    }

    /// Serves `service` to everybody who connects to `listener`, until the scope around is asked to end; returns when every connection
    /// has finished.
    ///
    /// The service is cloned for each connection. See [the crate](crate#shutting-down) for what happens, and in which order.
    ///
    /// # Errors
    ///
    /// None. Connections end with errors of their own, which are counted, and told to [`on_error`](Self::on_error). The listener is
    /// tried again.
    ///
    /// # Panics
    ///
    /// Not with the panic of a handler: that ends its connection, or its request in HTTP/2, is counted, and
    /// [reported](steadfast::set_report_hook). At the first poll, if there is no runtime here; the text names the fix.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it closes the listener and leaves the connections to the nursery around or to the root: they drain
    /// there, and are waited for there. Leaked, it accepts nobody, and the connections go on until the program ends.
    #[track_caller]
    pub fn serve<L, S, B>(
        self,
        listener: L,
        service: S,
    ) -> impl Future<Output = Served> + Send + use<L, S, B>
    where
        L: Listener + 'static,
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError> + Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        self.serve_with(listener, move |_: &L::Peer| service.clone())
    }

    /// [`serve`](Self::serve) with a service for each connection, which `service_for` makes when it has been accepted.
    ///
    /// To tell an axum application who is asking: `|peer| from_tower(app.clone().layer(Extension(*peer)))`.
    ///
    /// # Panics
    ///
    /// As [`serve`](Self::serve); and with the panic of `service_for`, once everybody has finished.
    ///
    /// # Cancel safety
    ///
    /// As [`serve`](Self::serve).
    #[track_caller]
    pub fn serve_with<L, M, S, B>(
        self,
        listener: L,
        service_for: M,
    ) -> impl Future<Output = Served> + Send + use<L, M, S, B>
    where
        L: Listener + 'static,
        M: FnMut(&L::Peer) -> S + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError> + Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let counters = Arc::new(Counters::default());
        let door = Door {
            listener,
            service_for,
            limit: self.limit.map(|limit| Arc::new(Semaphore::new(limit))),
            shared: Arc::new(Shared {
                settings: self.settings,
                on_error: self.on_error,
                counters: Arc::clone(&counters),
            }),
        };
        let until = self.until.map(Mutex::into_inner);
        let run = self.builder.run(move |n| async move {
            if let Some(signal) = until {
                let signal = signal.unwrap_or_else(PoisonError::into_inner);
                let server = n.clone();
                n.named("until").spawn_background(async move {
                    if signal.or_cancelled().await.is_ok() {
                        server.cancel("the signal to shut down has come");
                    }
                });
            }
            // It leaves when it is asked to; the children are waited for in any case.
            _ = door.accept_until_cancelled(&n).await;
        });
        async move {
            run.await;
            counters.read()
        }
    }

    /// Serves one connection in the task that awaits it, and lets it drain when the scope around is asked to end.
    ///
    /// For loops that accept in their own way, and spawn it: it borrows nothing. Of the settings, those for connections, requests and
    /// HTTP apply. It is no marked region: what has been read is answered before it returns.
    ///
    /// # Errors
    ///
    /// [`ConnectionError`] if the connection ended with one.
    ///
    /// # Panics
    ///
    /// With the panic of a handler; not in HTTP/2, where it ends the request alone, and is reported.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it closes the connection; handlers that have begun are finished by the nursery around or by the root.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "tokio", doc = "```no_run")]
    #[cfg_attr(not(feature = "tokio"), doc = "```ignore")]
    /// # use axum::Router;
    /// # async fn greet(io: tokio::net::TcpStream) -> std::io::Result<tokio::net::TcpStream> { Ok(io) }
    /// use std::sync::Arc;
    /// use hyper_util::rt::TokioIo;
    /// use steadfast::{FutureExt, nursery};
    /// use steadfast_hyper::{Server, from_tower};
    ///
    /// async fn serve(listener: tokio::net::TcpListener, app: Router) -> std::io::Result<()> {
    ///     let server = Arc::new(Server::new());
    ///     nursery(async |n| {
    ///         while let Ok(accepted) = listener.accept().or_cancelled().await {
    ///             let (io, _) = accepted?;
    ///             let (server, app) = (server.clone(), from_tower(app.clone()));
    ///             n.spawn(async move {
    ///                 // TLS, for instance.
    ///                 let Ok(io) = greet(io).await else { return };
    ///                 _ = server.serve_connection(TokioIo::new(io), app).await;
    ///             });
    ///         }
    ///         Ok(())
    ///     })
    ///     .await
    /// }
    /// ```
    pub fn serve_connection<I, S, B>(
        &self,
        io: I,
        service: S,
    ) -> impl Future<Output = Result<(), ConnectionError>> + Send + use<I, S, B>
    where
        I: Read + Write + Unpin + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError> + Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let settings = self.settings.clone();
        async move { settings.serve(io, service, &Arc::default()).await }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("limit", &self.limit)
            .field("connection_deadline", &self.settings.connection)
            .field("request_deadline", &self.settings.request)
            .field("first_request_within", &self.settings.patience)
            .finish_non_exhaustive()
    }
}

/// Where connections come in.
struct Door<L, M> {
    listener: L,
    service_for: M,
    limit: Option<Arc<Semaphore>>,
    shared: Arc<Shared>,
}

/// What the connections of a server have in common.
struct Shared {
    settings: Settings,
    on_error: Option<Hear>,
    counters: Arc<Counters>,
}

impl<L, M> Door<L, M> {
    async fn accept_until_cancelled<S, B>(mut self, n: &Nursery) -> Result<(), Cancelled>
    where
        L: Listener,
        M: FnMut(&L::Peer) -> S,
        S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError> + Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        loop {
            // A place first: whoever is accepted is served.
            let place = match &self.limit {
                Some(limit) => Some(limit.acquire_arc().or_cancelled().await?),
                None => None,
            };
            let (io, peer) = match self.listener.accept().or_cancelled().await? {
                Ok(accepted) => accepted,
                Err(error) => {
                    self.shared.hear(&error);
                    if !is_of_one_connection(&error) {
                        sleep(AFTER_AN_ERROR).or_cancelled().await?;
                    }
                    continue;
                }
            };
            let service = (self.service_for)(&peer);
            let shared = Arc::clone(&self.shared);
            let child = n
                .named(format!("{peer:?}"))
                .spawn_supervised(async move { shared.serve(io, service, place).await });
            // A panic that its handle does not give away is reported.
            drop(child);
        }
    }
}

impl Shared {
    fn hear(&self, error: &(dyn std::error::Error + 'static)) {
        if let Some(hear) = &self.on_error {
            hear(error);
        }
    }

    async fn serve<I, S, B, P>(&self, io: I, service: S, place: P)
    where
        I: Read + Write + Unpin + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError> + Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let opened = self.counters.open();
        let ended = self.settings.serve(io, service, &self.counters).await;
        if let Err(error) = &ended {
            self.hear(error);
        }
        opened.ended(ended.is_ok());
        drop(place);
    }
}

impl Settings {
    async fn serve<I, S, B>(
        &self,
        io: I,
        service: S,
        counters: &Arc<Counters>,
    ) -> Result<(), ConnectionError>
    where
        I: Read + Write + Unpin + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError> + Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let requests = Requests::new(counters);
        let service = Kept {
            inner: service,
            deadline: self.request,
            requests: Arc::clone(&requests),
        };
        with_deadline(
            self.connection,
            nursery(async |n: Nursery| {
                let builder = self.builder(&n);
                let (io, home) = lend(io);
                let connection = builder.serve_connection_with_upgrades(io, service);
                if run_until_drained(connection, &requests, self.patience).await? {
                    home.linger().await;
                }
                Ok(())
            }),
        )
        .await
    }

    fn builder(&self, n: &Nursery) -> auto::Builder<NurseryExecutor> {
        let mut builder = auto::Builder::new(NurseryExecutor::new(n));
        let timer = NurseryTimer::of(n);
        builder.http1().timer(timer.clone());
        builder.http2().timer(timer);
        if let Some(set_up) = &self.http {
            set_up(&mut builder);
        }
        builder
    }
}

impl<I, S, B> Drain for auto::UpgradeableConnection<'_, I, S, NurseryExecutor>
where
    I: Read + Write + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn drain(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Whether `accept` failed with what is wrong with the connection, and not with the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Server>();
};
