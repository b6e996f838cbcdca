//! The audited way out of a lab: an HTTP proxy on a unix socket in the lab's own folder.
//!
//! Called by a forwarder inside of the lab (`process/forward.py`). Calls [`Dial`], which resolves
//! the name once, refuses every address that is not public, and connects to what it resolved.
//!
//! Rules: every connection is a line in the log target `audit`, when it is allowed or refused,
//! and when it ends. Ports are those of the rules. A lab has only so many connections.
//!
//! Not here: which addresses are public (the egress broker of the host, which `app` wires in).

mod exchange;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use archway_core::labs::{Failure, LabId};
use async_trait::async_trait;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::error::cannot;

/// Bytes both ways.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Opens connections to public hosts. Implemented by `app` over the host's egress broker.
#[async_trait]
pub trait Dial: Send + Sync {
    /// Resolves `host` once, refuses it unless all of its addresses are public, and connects to
    /// one of them. An error is words for the user of the lab.
    async fn dial(&self, host: &str, port: u16) -> Result<Box<dyn Wire>, String>;
}

/// What labs may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EgressRules {
    /// Ports.
    pub ports: Vec<u16>,
    /// Connections of one lab at once; more wait.
    pub connections: usize,
    /// How long a host may take to be reached.
    pub within: Duration,
}

impl Default for EgressRules {
    /// The web, and no mail.
    fn default() -> Self {
        let ports = vec![80, 443, 8080, 8443];
        Self { ports, connections: 64, within: Duration::from_secs(30) }
    }
}

/// What every connection is given.
struct Ways {
    dial: Arc<dyn Dial>,
    rules: EgressRules,
}

/// The proxies of all labs that have one.
pub(crate) struct Egress {
    ways: Arc<Ways>,
    /// The task of each; it ends when it is dropped.
    served: Mutex<HashMap<LabId, JoinSet<()>>>,
}

impl Egress {
    pub(crate) fn new(dial: Arc<dyn Dial>, rules: EgressRules) -> Self {
        Self { ways: Arc::new(Ways { dial, rules }), served: Mutex::default() }
    }

    /// Serves a lab at this socket, unless it is served already. A socket of a gateway that is
    /// gone is replaced.
    pub(crate) fn serve(&self, lab: &LabId, socket: &Path) -> Result<(), Failure> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if served.contains_key(lab) {
            return Ok(());
        }
        let listener = listen(socket).map_err(|error| cannot("listen at", socket, error))?;
        let mut task = JoinSet::new();
        task.spawn(accept(self.ways.clone(), lab.clone(), listener));
        served.insert(lab.clone(), task);
        Ok(())
    }

    /// Ends the proxy of a lab and every connection through it.
    pub(crate) fn end(&self, lab: &LabId) {
        self.served.lock().unwrap_or_else(PoisonError::into_inner).remove(lab);
    }
}

fn listen(socket: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    // Nobody but the lab comes as far as this folder.
    fs::set_permissions(socket, fs::Permissions::from_mode(0o666))?;
    Ok(listener)
}

async fn accept(ways: Arc<Ways>, lab: LabId, listener: UnixListener) {
    let places = Arc::new(Semaphore::new(ways.rules.connections));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (ways, lab) = (ways.clone(), lab.clone());
                connections.spawn(async move {
                    connection(&ways, &lab, stream).await;
                    drop(place);
                });
            }
            // Out of file descriptors, which passes.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// One connection of the lab: requests in the clear, or one tunnel.
async fn connection(ways: &Ways, lab: &LabId, stream: tokio::net::UnixStream) {
    let tunnel = Mutex::new(None);
    let service = service_fn(async |request| {
        let answer = exchange::answer(ways, lab, request, &tunnel).await;
        Ok::<_, std::convert::Infallible>(answer)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(60)).max_headers(100);
    let served = http.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
    if let Err(error) = served {
        tracing::debug!(%lab, %error, "a connection of a lab broke");
    }
    let opened = tunnel.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(opened) = opened {
        exchange::through(lab, opened).await;
    }
}

#[cfg(test)]
mod tests;
