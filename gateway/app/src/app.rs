//! The gateway put together: the only place that knows the core and all its neighbours.
//!
//! Called by `cli/serve.rs` and by tests. Contains no rule of the domain.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use archway_core::archives::Archives;
use archway_core::discovery::Discovery;
use archway_core::permission::Principal;
use archway_host::egress::Network;
use archway_host::{Decoding, HostConfig, PluginHost};
use archway_web::metrics::Metrics;
use archway_web::{FormKey, Gateway, HostNames, LabProxy, Origins, Readiness};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use url::Url;

use crate::config::Config;
use crate::data::DataFolder;
use crate::error::Error;
use crate::federation::{Federation, Reopen};
use crate::keeping::{Beside, Keeping};
use crate::page_memory::FileMemory;
use crate::watch::watch;

/// How long requests in flight may take after the gateway was told to stop.
const FINISH_WITHIN: Duration = Duration::from_secs(10);
/// How long one record, or the ways to its bytes, may take to come.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(30);

/// A gateway that answers. Dropping it stops it at once.
#[derive(Debug)]
pub struct Running {
    url: Url,
    readiness: Readiness,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    watching: JoinHandle<()>,
    /// Staging and labs; labs themselves live on when it ends.
    keeping: JoinHandle<()>,
}

/// Starts a gateway; it answers when this returns.
///
/// Plugins are loaded and archives opened; what is wrong with one of them is logged and
/// leaves it out. What the archives say of themselves comes later.
///
/// # Errors
///
/// The address cannot be listened on or is refused, the data folder cannot be used, the
/// plugin host does not start.
pub async fn start(config: Config) -> Result<Running, Error> {
    if let Some(refusal) = config.server.refusal() {
        return Err(Error::Exposed(refusal));
    }
    let data = |source| Error::Data { path: config.server.data.clone(), source };
    let folder = DataFolder::open(&config.server.data).map_err(data)?;
    let cursor_key = folder.cursor_key().map_err(data)?;
    let address = config.server.listen;
    let listener =
        TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })?;
    let own = listener.local_addr().map_err(|source| Error::Listen { address, source })?;

    let network = Arc::new(network(&config, vec![own]));
    if let Some(proxy) = &config.proxy {
        info!(proxy = %proxy.endpoint(), "every connection to archives goes through a proxy");
    }
    let host = host(&config, &folder, Arc::clone(&network))?;
    let decoders = Arc::new(Decoding::new(Arc::clone(&host)));
    let mut federation = Federation::new(Arc::clone(&host), config.plugins.folders.clone());
    info!("loading plugins; one that is new here is compiled first, which takes a while");
    for refused in federation.load_plugins().await {
        error!("plugin left out: {refused}");
    }
    for refused in federation.open_archives(config.archives.clone(), Reopen::Changed) {
        error!("archive left out: {refused}");
    }
    let archives = Arc::new(Archives::new(federation.list()));
    if archives.snapshot().is_empty() {
        info!("no archive is open; each is a file in the folder archives beside archway.toml");
    }
    let memory = Arc::new(FileMemory::new(folder.searches()));
    let readiness = Readiness::default();
    let mut registry = Registry::default();
    registry.register_collector(Box::new(federation.metrics()));
    let discovery = Discovery::new(Arc::clone(&archives), cursor_key, memory);
    let beside = Beside {
        archives: Arc::clone(&archives),
        discovery: discovery.clone(),
        decoders: Arc::clone(&decoders) as _,
        host,
        network,
    };
    let keeping = Keeping::open(&config, &folder, beside).await?;
    let url = config.server.public_url.clone().unwrap_or_else(|| url_of(own));
    let gateway = Gateway {
        discovery,
        archives: Arc::clone(&archives),
        decoders,
        selections: keeping.selections.clone(),
        collections: keeping.collections.clone(),
        volumes: keeping.volumes.clone(),
        labs: keeping.labs.clone(),
        proxy: LabProxy::keeping(
            origins(&config, &url),
            Arc::new(keeping.labs.clone()),
            Arc::clone(&keeping.sessions),
        ),
        principal: Principal::Local,
        metrics: Metrics::new(registry),
        host_names: Arc::new(host_names(&config, own)),
        readiness: readiness.clone(),
        look_up_timeout: LOOK_UP_TIMEOUT,
        deadlines: archway_web::Deadlines {
            default: config.deadlines.default,
            most: config.deadlines.most,
        },
        stalled_after: config.server.stalled_after,
        form_key: FormKey::derived(&cursor_key),
        version: env!("CARGO_PKG_VERSION"),
    };
    // So that the proxy knows the labs that run from its first request on.
    if let Err(reason) = keeping.labs.recall().await {
        error!("the labs that run are not known yet: {reason}");
    }
    if let Err(reason) = gateway.proxy.recall().await {
        error!("browsers must enter their labs anew: {reason}");
    }
    let stop = CancellationToken::new();
    let serving =
        tokio::spawn(archway_web::serve(listener, gateway, stop.clone().cancelled_owned()));
    let watching = tokio::spawn(watch(config, federation, archives));
    let keeping = tokio::spawn(async move { keeping.run().await });
    readiness.set(true);
    info!(url = url.as_str(), "ready");
    Ok(Running { url, readiness, stop, serving, watching, keeping })
}

/// The plugin host with nothing loaded yet.
fn host(
    config: &Config,
    folder: &DataFolder,
    network: Arc<Network>,
) -> Result<Arc<PluginHost>, Error> {
    let host = PluginHost::new(HostConfig {
        compiled_dir: Some(folder.compiled()),
        limits: config.limits.clone(),
        instances: config.plugins.instances,
        ..host_config(network, &config.contact)
    })?;
    Ok(Arc::new(host))
}

/// The network as it is configured, for a gateway that listens on `own`.
pub(crate) fn network(config: &Config, own: Vec<SocketAddr>) -> Network {
    Network::new(own, Vec::new()).through(config.proxy.clone())
}

/// What every use of the host has in common.
pub(crate) fn host_config(network: Arc<Network>, contact: &str) -> HostConfig {
    let mut host = HostConfig::new(network);
    if !contact.is_empty() {
        contact.clone_into(&mut host.contact);
    }
    host
}

/// Where labs are in browsers: with the scheme and port that the portal has there.
fn origins(config: &Config, url: &Url) -> Origins {
    Origins {
        scheme: url.scheme().to_owned(),
        domain: config.labs.domain.clone(),
        port: url.port(),
        portal: url.as_str().trim_end_matches('/').to_owned(),
        path_mode: config.labs.life.path_mode,
    }
}

/// The names of the configuration, and the address itself where it is not loopback.
fn host_names(config: &Config, own: SocketAddr) -> HostNames {
    let mut names = config.server.names.clone();
    if !own.ip().is_loopback() && !own.ip().is_unspecified() {
        names.push(url_of(own).host_str().unwrap_or_default().to_owned());
    }
    HostNames::loopback_and(&names)
}

/// Where a browser on this machine finds the gateway.
fn url_of(own: SocketAddr) -> Url {
    let reachable = match own {
        _ if !own.ip().is_unspecified() => own,
        SocketAddr::V4(_) => SocketAddr::from(([127, 0, 0, 1], own.port())),
        SocketAddr::V6(_) => SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], own.port())),
    };
    Url::parse(&format!("http://{reachable}/")).expect("an address and a port are an authority")
}

impl Running {
    /// Where it answers, with a slash at the end.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Stops accepting, waits up to 10 s for requests in flight, and ends.
    pub async fn shutdown(mut self) {
        self.readiness.set(false);
        self.stop.cancel();
        match tokio::time::timeout(FINISH_WITHIN, &mut self.serving).await {
            Ok(Ok(Ok(()))) => info!("stopped"),
            Ok(Ok(Err(error))) => error!("serving failed: {error}"),
            Ok(Err(error)) => error!("serving broke: {error}"),
            Err(_) => warn!("requests in flight were cut off after {} s", FINISH_WITHIN.as_secs()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.serving.abort();
        self.watching.abort();
        self.keeping.abort();
    }
}
