//! What users keep and run: selections, collections, volumes and labs, put together with the
//! store, the bytes and the lab backends.
//!
//! Called by `app.rs`. Contains no rule of the domain.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use archway_core::archives::Archives;
use archway_core::collections::Collections;
use archway_core::coverage::Instant;
use archway_core::delivery::Decoders;
use archway_core::discovery::Discovery;
use archway_core::labs::{LabBackend, Labs, LabsNeed, SessionKeeper};
use archway_core::outside::Outside;
use archway_core::selections::Selections;
use archway_core::volumes::{Volumes, VolumesNeed};
use archway_host::PluginHost;
use archway_host::egress::{Network, connect_to_public};
use archway_labs::{
    Applications, Dial, DockerBackend, DockerConfig, ProcessBackend, ProcessConfig, Wire,
};
use archway_store::{Bytes, BytesConfig, S3Config, Secret, Store, StoreConfig, StoreUrl};
use async_trait::async_trait;

use crate::config::{self, BackendKind, Config};
use crate::data::DataFolder;
use crate::sources::Sources;

/// How long a public host may take to be reached from a lab.
const REACH_WITHIN: Duration = Duration::from_secs(15);

/// What users keep and run.
#[derive(Clone)]
pub(crate) struct Keeping {
    pub(crate) selections: Selections,
    pub(crate) collections: Collections,
    pub(crate) volumes: Volumes,
    pub(crate) labs: Labs,
    pub(crate) sessions: Arc<dyn SessionKeeper>,
}

/// What it is put together with.
pub(crate) struct Beside {
    pub(crate) archives: Arc<Archives>,
    pub(crate) discovery: Discovery,
    pub(crate) decoders: Arc<dyn Decoders>,
    pub(crate) host: Arc<PluginHost>,
    pub(crate) network: Arc<Network>,
}

impl Keeping {
    /// Opens the store and the bytes; nothing is staged or launched before [`Keeping::run`].
    pub(crate) async fn open(
        config: &Config,
        folder: &DataFolder,
        beside: Beside,
    ) -> Result<Self, archway_store::StoreError> {
        let url = match &config.store {
            config::Store::Sqlite => StoreUrl::Sqlite(folder.state()),
            config::Store::Postgres(url) => StoreUrl::Postgres(Secret::new(url.expose())),
        };
        let store = Arc::new(Store::open(&StoreConfig::new(url)).await?);
        let s3 = config.volumes.s3.as_ref().map(|s3| S3Config {
            endpoint: s3.endpoint.clone(),
            bucket: s3.bucket.clone(),
            region: s3.region.clone(),
            key_id: s3.key_id.expose().to_owned(),
            secret: Secret::new(s3.secret.expose()),
            path_style: true,
        });
        let bytes = Bytes::open(&BytesConfig { folder: folder.path().to_owned(), s3 }).await?;
        let outside = Outside { now, chance };
        let selections = Selections::new(Arc::clone(&store) as _, outside);
        let predefined = config.collections.clone();
        let collections = Collections::new(predefined, Arc::clone(&store) as _, outside);
        let plugins = config.volumes.plugins.clone();
        let sources = Sources::new(beside.host, config.presets.clone(), plugins);
        let volumes = Volumes::new(VolumesNeed {
            archives: beside.archives,
            discovery: beside.discovery,
            decoders: beside.decoders,
            collections: collections.clone(),
            keeper: Arc::clone(&store) as _,
            labs: Arc::clone(&store) as _,
            bytes: Arc::new(bytes),
            sources: Arc::new(sources),
            outside,
            config: config.volumes.staging.clone(),
        });
        let labs = Labs::new(LabsNeed {
            catalogue: config.catalogue.clone(),
            backends: backends(config, folder, beside.network),
            application: Arc::new(Applications::new()),
            keeper: Arc::clone(&store) as _,
            volumes: volumes.clone(),
            outside,
            config: config.labs.life.clone(),
        });
        Ok(Self { selections, collections, volumes, labs, sessions: store })
    }

    /// Goes on with what was being staged and launched, and with what is asked for from then on.
    /// Dropping the future ends staging and leaves labs running.
    pub(crate) async fn run(&self) {
        tokio::join!(self.volumes.run(), self.labs.run());
    }
}

/// The lab backends in the order of preference.
pub(crate) fn backends(
    config: &Config,
    folder: &DataFolder,
    network: Arc<Network>,
) -> Vec<Arc<dyn LabBackend>> {
    // Labs are started from another folder than the gateway.
    let data = std::path::absolute(folder.path()).unwrap_or_else(|_| folder.path().to_owned());
    let backend = |kind: &BackendKind| match kind {
        BackendKind::Process => Arc::new(ProcessBackend::new(ProcessConfig {
            python: config.process.python.clone(),
            allow_unconfined: config.process.allow_unconfined,
            dial: Some(Arc::new(PublicHosts(Arc::clone(&network)))),
            ..ProcessConfig::new(data.clone())
        })) as Arc<dyn LabBackend>,
        BackendKind::Docker => Arc::new(DockerBackend::new(DockerConfig {
            registries: config.docker.registries.clone(),
            dial: Some(Arc::new(PublicHosts(Arc::clone(&network)))),
            ..DockerConfig::new(config.docker.socket.clone(), data.clone())
        })),
    };
    config.labs.backends.iter().map(backend).collect()
}

/// The way out of labs that may have one.
struct PublicHosts(Arc<Network>);

#[async_trait]
impl Dial for PublicHosts {
    async fn dial(&self, host: &str, port: u16) -> Result<Box<dyn Wire>, String> {
        match connect_to_public(&self.0, host, port, REACH_WITHIN).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn now() -> Instant {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_utc_us(i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX))
}

fn chance(bytes: &mut [u8]) {
    // Ids and tokens that can be guessed would be worse than no answer.
    getrandom::fill(bytes).expect("the system gives random bytes");
}
