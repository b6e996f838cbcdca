//! The gateway on a listening socket, until it is told to stop: labs, and everything else.
//!
//! Called by `gateway/app`. Calls the lab proxy for what is at a lab's address, and the router
//! for the rest: which of the two is decided here, by the name or path that is asked for, before
//! anything else is done.
//!
//! Rules that hold here: a client has ten seconds to say what it wants; no more than
//! [`MAX_CONNECTIONS`] are open at once, the next one waits to be accepted; a connection
//! that its client closes drops what was being done for it, and with it the calls upstream; so
//! does one whose client stays and takes nothing (`serve/patience.rs`, `serve/watched.rs`).

mod patience;
mod watched;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Version};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::middleware::HostNames;
use crate::proxy::{Answer, LabProxy, Place, authority_of};
use crate::router::router;
use crate::state::Gateway;
use patience::Patient;
pub(crate) use watched::Watched;

/// Connections that are served at once; WebSockets of labs are counted by the proxy.
const MAX_CONNECTIONS: usize = 4096;
/// How long the headers of a request may take to come.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Most bytes of the head of a request, and most bytes that wait for a slow client; hyper holds
/// some twenty times as much without being told.
const BUFFER_BYTES: usize = 16 * 1024;
/// How long accepting rests when the machine has no more sockets to give.
const ACCEPT_REST: Duration = Duration::from_millis(200);
/// How long a client may take nothing of what there is for it, where nothing else is configured.
pub const STALLED_AFTER: Duration = Duration::from_secs(300);
/// How often the proxy looks which labs are gone.
const SWEEP_EVERY: Duration = Duration::from_secs(2);

/// Serves `gateway` on `listener` until `stop` is ready; requests in flight are then finished,
/// and WebSockets closed.
/// Dropping the future ends every connection.
///
/// # Errors
///
/// None yet: a connection that fails ends alone, and accepting goes on.
pub async fn serve(
    listener: TcpListener,
    gateway: Gateway,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let proxy = gateway.proxy.clone();
    let host_names = Arc::clone(&gateway.host_names);
    let stalled_after = gateway.stalled_after;
    serve_all(listener, (proxy, router(gateway), host_names), stalled_after, stop).await
}

/// Serves the labs of `proxy`, and `router` for everything else; as [`serve`] does it, with
/// [`STALLED_AFTER`].
///
/// # Errors
///
/// None yet, as [`serve`].
pub async fn serve_beside(
    listener: TcpListener,
    proxy: LabProxy,
    host_names: Arc<HostNames>,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_all(listener, (proxy, router, host_names), STALLED_AFTER, stop).await
}

async fn serve_all(
    listener: TcpListener,
    (proxy, router, host_names): (LabProxy, Router, Arc<HostNames>),
    stalled_after: Duration,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = TowerToHyperService::new(router);
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(BUFFER_BYTES);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(128)
        .max_send_buf_size(BUFFER_BYTES)
        .enable_connect_protocol();
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut sweeps = interval(SWEEP_EVERY);
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = pin!(stop);
    loop {
        let full = connections.len() >= MAX_CONNECTIONS;
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            _ = sweeps.tick() => proxy.sweep(),
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, peer)) => {
                    let service = Front {
                        proxy: proxy.clone(),
                        router: router.clone(),
                        host_names: Arc::clone(&host_names),
                        client: HeaderValue::try_from(peer.ip().to_string())
                            .expect("an address is digits, letters, dots and colons"),
                        stalled_after,
                    };
                    let io = TokioIo::new(Patient::new(without_delay(stream), stalled_after));
                    let connection = http.serve_connection_with_upgrades(io, service).into_owned();
                    let connection = graceful.watch(connection);
                    connections.spawn(async move {
                        if let Err(error) = connection.await {
                            tracing::debug!(%error, "connection ended early");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            },
        }
    }
    drop(listener);
    proxy.close_all();
    graceful.shutdown().await;
    Ok(())
}

/// What answers the requests of one connection.
struct Front {
    proxy: LabProxy,
    router: TowerToHyperService<Router>,
    host_names: Arc<HostNames>,
    /// Its address, as labs are told.
    client: HeaderValue,
    stalled_after: Duration,
}

impl Front {
    /// The lab that a request is for. In path mode labs answer to the portal's own names only.
    fn lab_of(&self, request: &Request<Incoming>) -> Option<Place> {
        let place = self.proxy.origins().place_of(request)?;
        let host = authority_of(request)?;
        (place.has_own_origin() || self.host_names.knows(host)).then_some(place)
    }
}

impl Service<Request<Incoming>> for Front {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        // Over HTTP/2 a client can refuse one answer and take others: the connection goes on then.
        let watch = (request.version() == Version::HTTP_2).then_some(self.stalled_after);
        let watched = move |response: Response<Answer>| match watch {
            Some(within) => response.map(|body| Watched::over(body, within)),
            None => response,
        };
        if let Some(place) = self.lab_of(&request) {
            let answer = self.proxy.clone().answer(place, request, self.client.clone());
            return Box::pin(async move { Ok(watched(answer.await)) });
        }
        let answer = self.router.call(request);
        Box::pin(async move { Ok(watched(answer.await?.map(Answer::Own))) })
    }
}

/// Events are small and must not wait for more.
fn without_delay(stream: TcpStream) -> TcpStream {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a socket keeps Nagle's algorithm");
    }
    stream
}
