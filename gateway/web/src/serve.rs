//! The router on a listening socket, until it is told to stop.
//!
//! Rules that hold here: a client has ten seconds to say what it wants; no more than
//! [`MAX_CONNECTIONS`] are open at once, the next one waits to be accepted; a connection
//! that its client closes drops what was being done for it, and with it the calls upstream.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::router::router;
use crate::state::Gateway;

/// Connections that are served at once.
const MAX_CONNECTIONS: usize = 4096;
/// How long the headers of a request may take to come.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Most bytes of the head of a request, and most bytes that wait for a slow client; hyper holds
/// some twenty times as much without being told.
const BUFFER_BYTES: usize = 16 * 1024;
/// How long accepting rests when the machine has no more sockets to give.
const ACCEPT_REST: Duration = Duration::from_millis(200);

/// Serves `gateway` on `listener` until `stop` is ready; requests in flight are then finished.
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
    let service = TowerToHyperService::new(router(gateway));
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(BUFFER_BYTES);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(128)
        .max_send_buf_size(BUFFER_BYTES);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let full = connections.len() >= MAX_CONNECTIONS;
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, _)) => {
                    let io = TokioIo::new(without_delay(stream));
                    let connection = http.serve_connection(io, service.clone()).into_owned();
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
    graceful.shutdown().await;
    Ok(())
}

/// Events are small and must not wait for more.
fn without_delay(stream: TcpStream) -> TcpStream {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a socket keeps Nagle's algorithm");
    }
    stream
}
