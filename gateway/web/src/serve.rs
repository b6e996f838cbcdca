//! The router on a listening socket, until it is told to stop.

use std::future::Future;
use std::io;

use tokio::net::TcpListener;

use crate::router::router;
use crate::state::Gateway;

/// Serves `gateway` on `listener` until `stop` is ready; requests in flight are then finished.
///
/// # Errors
///
/// When the socket fails as a whole; a connection that fails ends alone.
pub async fn serve(
    listener: TcpListener,
    gateway: Gateway,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(gateway)).with_graceful_shutdown(stop).await
}
