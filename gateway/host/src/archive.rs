//! An archive behind a plugin: the core's trait, one instance per call or cursor.
//!
//! Called by the core through [`Archive`]. Calls `instance.rs` and the binding of the plugin's
//! version (`abi/`).
//!
//! Rules that hold here and nowhere else:
//!
//! - An operation that the manifest does not declare is never called.
//! - A call's instance is dropped with the call, a cursor's with the cursor: at its end, at its
//!   first error, or when the consumer drops it, which closes the sockets below.
//! - Nothing is repeated: the egress broker does that, per request.
//!
//! Not here: what a call may use (`limits.rs`), what is believed of its answer (`abi/`).

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use archway_core::Error;
use archway_core::access::Way;
use archway_core::archive::{
    Archive, ArchiveInfo, ByteReader, ChangeCursor, Content, Description, Fetch, Fetched, Health,
    LookUp, Operation, SearchAnswer,
};
use archway_core::asset::Asset;
use archway_core::search::Search;
use archway_core::tables::{Table, TableAnswer, TableQuery};
use async_trait::async_trait;
use tokio::sync::Semaphore;
use tracing::Instrument as _;

mod cursors;

use crate::PluginHost;
use crate::abi::v0_1 as abi;
use crate::config::{ArchiveConfig, TrustFile};
use crate::credentials::Credentials;
use crate::egress::{self, Egress, State};
use crate::error;
use crate::fetch::Downloads;
use crate::grants::Grants;
use crate::imports::{ByteSource, Failure, PluginCache, PluginLog};
use crate::instance::{Instance, Surroundings};
use crate::limits::Limits;
use crate::plugin::Plugin;
use crate::problem::Problem;
pub(crate) use cursors::{Bytes as PulledBytes, Pull};

/// An archive behind a plugin.
pub struct PluginArchive {
    plugin: Arc<Plugin>,
    surroundings: Arc<Surroundings>,
    /// What does not change: everything but description and health.
    info: ArchiveInfo,
    described: RwLock<Option<Arc<Description>>>,
    health: Arc<RwLock<Health>>,
    downloads: Downloads,
}

impl PluginArchive {
    pub(crate) fn open(
        host: &PluginHost,
        plugin: Arc<Plugin>,
        config: ArchiveConfig,
    ) -> Result<Self, error::Error> {
        let manifest = plugin.manifest();
        let mut problems = Vec::new();
        let settings = manifest.check_settings(&config.settings);
        let settings = settings.unwrap_or_else(|bad| {
            problems.extend(bad);
            Vec::new()
        });
        let limits = host.limits.clone().overridden(&config.limits).unwrap_or_else(|bad| {
            problems.extend(bad);
            Limits::default()
        });
        let limits = limits.lowered(&manifest.limits);
        let trust = config.trust.as_ref().map_or(Ok(Vec::new()), TrustFile::certificates);
        let trust = trust.unwrap_or_else(|reason| {
            problems.push(Problem::new("tls.trust", reason));
            Vec::new()
        });
        let id = config.id.to_string();
        // A pattern without its setting would only repeat that the setting is missing.
        let grants = if problems.is_empty() {
            let bad = |key: &str, problem: &crate::grants::BadGrant| {
                Problem::new(key, problem.to_string())
            };
            manifest.requests_with(&settings).map_err(|p| vec![bad("settings", &p)]).and_then(
                |requests| {
                    Grants::new(&id, &requests, &config.grants)
                        .map_err(|all| all.iter().map(|p| bad("grants", p)).collect())
                },
            )
        } else {
            Grants::new(&id, &crate::grants::Requests::default(), &config.grants)
                .map_err(|all| all.iter().map(|p| Problem::new("grants", p.to_string())).collect())
        };
        let grants = match grants {
            Ok(grants) if problems.is_empty() => grants,
            Ok(_) => return Err(error::Error::Archive { archive: config.id, problems }),
            Err(bad) => {
                problems.extend(bad);
                return Err(error::Error::Archive { archive: config.id, problems });
            }
        };
        let by_operator = grants.by_operator();
        let credentials = Credentials::new(&id, config.credentials);
        let log = PluginLog::new(
            &id,
            &manifest.id,
            credentials.clone(),
            limits.log_lines_per_s,
            config.observer.clone(),
        );
        let egress = egress::Config {
            grants,
            credentials,
            contact: host.contact.clone(),
            limits: config.egress,
            trust,
        };
        let info = ArchiveInfo {
            id: config.id.clone(),
            title: config.title,
            plugin: manifest.id.clone(),
            operations: manifest.operations.clone(),
            description: None,
            health: Health::Unknown,
            mirrors: config.mirrors,
            sample: config.sample,
            untried: config.untried,
        };
        let surroundings = Surroundings {
            archive: config.id,
            plugin: manifest.id.clone(),
            settings,
            egress: Egress::new(&host.network, egress),
            caller: config.caller,
            cache: PluginCache::new(limits.cache_mib),
            log: Arc::new(log),
            observer: config.observer,
            calls: Arc::new(Semaphore::new(limits.concurrency as usize)),
            instances: Arc::clone(&host.instances),
            limits,
        };
        let plugins = Arc::clone(&host.plugins);
        Ok(Self {
            downloads: Downloads::new(Arc::clone(&plugin), plugins, &surroundings, by_operator),
            plugin,
            surroundings: Arc::new(surroundings),
            info,
            described: RwLock::default(),
            health: Arc::default(),
        })
    }

    /// The broker of this archive: its metrics and breakers, and plain HTTP without a plugin.
    pub fn egress(&self) -> &Egress {
        &self.surroundings.egress
    }

    /// The limits of its calls.
    pub fn limits(&self) -> &Limits {
        &self.surroundings.limits
    }

    fn wall(&self) -> Duration {
        Duration::from_millis(self.surroundings.limits.wall_ms.into())
    }

    fn harvest_wall(&self) -> Duration {
        Duration::from_millis(self.surroundings.limits.harvest_wall_ms.into())
    }

    /// Refuses what the manifest does not declare.
    fn offers(&self, operation: Operation) -> Result<(), Error> {
        if self.info.operations.contains(&operation) {
            return Ok(());
        }
        let archive = self.info.id.clone();
        Err(Error::Unsupported { archive, what: operation.name().to_owned() })
    }

    async fn instance(&self, operation: &'static str, wall: Duration) -> Result<Instance, Error> {
        let (engine, pre) = (self.plugin.engine(), self.plugin.pre());
        Instance::start(&self.surroundings, engine, pre, operation, wall).await
    }

    /// Runs one call in its span, and learns from how it went.
    async fn run<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let span = tracing::info_span!(
            "archive call",
            archive.id = %self.info.id,
            plugin.id = %self.info.plugin,
            operation,
        );
        let result = call.instrument(span).await;
        note(&self.health, &result);
        result
    }

    /// The bytes of `source` without one encoding, which the plugin must decode.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`], and while reading whatever ends the source early.
    pub async fn decode(
        &self,
        encoding: &str,
        source: Box<dyn ByteReader>,
    ) -> Result<Box<dyn ByteReader>, Error> {
        self.offers(Operation::Decode)?;
        let failure = Failure::default();
        let call = async {
            let mut instance = self.instance("decode", self.wall()).await?;
            let source = ByteSource::new(source, failure.clone());
            let guest = abi::decode(&mut instance, encoding, source, self.wall()).await;
            let guest = guest.map_err(|error| failure.take().unwrap_or(error))?;
            let pull = self.pull(instance, guest, self.wall());
            Ok(Box::new(cursors::Bytes::new(pull, Some(failure))) as Box<dyn ByteReader>)
        };
        self.run("decode", call).await
    }

    fn pull(&self, instance: Instance, guest: abi::Guest, wall: Duration) -> Pull {
        Pull::new(instance, guest, wall, Arc::clone(&self.health))
    }
}

/// A good call says that the archive is up; a bad one says nothing but what its breaker does.
fn note<T>(health: &RwLock<Health>, result: &Result<T, Error>) {
    let now = if result.is_ok() { Health::Up } else { Health::Unknown };
    *health.write().unwrap_or_else(PoisonError::into_inner) = now;
}

#[async_trait]
impl Archive for PluginArchive {
    fn info(&self) -> ArchiveInfo {
        let description = self.described.read().unwrap_or_else(PoisonError::into_inner).clone();
        let health = match self.surroundings.egress.state() {
            State::Open => Health::Down,
            State::Closed | State::HalfOpen => {
                *self.health.read().unwrap_or_else(PoisonError::into_inner)
            }
        };
        ArchiveInfo { description, health, ..self.info.clone() }
    }

    async fn describe(&self) -> Result<Arc<Description>, Error> {
        let call = async {
            let mut instance = self.instance("describe", self.wall()).await?;
            abi::describe(&mut instance, self.wall()).await
        };
        let mut description = self.run("describe", call).await?;
        // What is not declared is never called, whatever the plugin says.
        description.operations.retain(|operation| self.info.operations.contains(operation));
        let description = Arc::new(description);
        *self.described.write().unwrap_or_else(PoisonError::into_inner) =
            Some(Arc::clone(&description));
        Ok(description)
    }

    async fn search(&self, search: &Search) -> Result<SearchAnswer, Error> {
        self.offers(Operation::Search)?;
        let call = async {
            let mut instance = self.instance("search", self.wall()).await?;
            let found = abi::search(&mut instance, search, self.wall()).await?;
            Ok(SearchAnswer {
                assets: Box::new(cursors::Assets(self.pull(instance, found.cursor, self.wall()))),
                not_applied: found.not_applied,
                ordered: found.ordered,
                total: found.total,
            })
        };
        self.run("search", call).await
    }

    async fn harvest(&self, since: Option<Vec<u8>>) -> Result<Box<dyn ChangeCursor>, Error> {
        self.offers(Operation::Harvest)?;
        let call = async {
            let mut instance = self.instance("harvest", self.harvest_wall()).await?;
            let guest = abi::harvest(&mut instance, since.as_deref(), self.harvest_wall()).await?;
            let pull = self.pull(instance, guest, self.harvest_wall());
            Ok(Box::new(cursors::Changes(pull)) as Box<dyn ChangeCursor>)
        };
        self.run("harvest", call).await
    }

    async fn look_up(&self, id: &LookUp) -> Result<Asset, Error> {
        self.offers(Operation::LookUp)?;
        let call = async {
            let mut instance = self.instance("look-up", self.wall()).await?;
            abi::look_up(&mut instance, id, self.wall()).await
        };
        self.run("look-up", call).await
    }

    async fn access(&self, native_id: &str, distribution: Option<&str>) -> Result<Vec<Way>, Error> {
        self.offers(Operation::Access)?;
        let call = async {
            let mut instance = self.instance("access", self.wall()).await?;
            abi::access(&mut instance, native_id, distribution, self.wall()).await
        };
        self.run("access", call).await
    }

    async fn open(&self, locator: &str, offset: u64) -> Result<Content, Error> {
        self.offers(Operation::Open)?;
        let call = async {
            let mut instance = self.instance("open", self.wall()).await?;
            let opened = abi::open(&mut instance, locator, offset, self.wall()).await?;
            let pull = self.pull(instance, opened.reader, self.wall());
            Ok(Content {
                reader: Box::new(cursors::Bytes::new(pull, None)),
                total_bytes: opened.total_bytes,
                modified: opened.modified,
                tag: opened.tag,
            })
        };
        self.run("open", call).await
    }

    async fn fetch(&self, fetch: &Fetch) -> Result<Fetched, Error> {
        self.run("fetch", self.downloads.fetch(fetch)).await
    }

    async fn tables(&self, named: &[String], names_only: bool) -> Result<Vec<Table>, Error> {
        self.offers(Operation::Tables)?;
        let call = async {
            let mut instance = self.instance("tables", self.wall()).await?;
            abi::tables(&mut instance, named, names_only, self.wall()).await
        };
        self.run("tables", call).await
    }

    async fn query(&self, query: &TableQuery) -> Result<TableAnswer, Error> {
        self.offers(Operation::Query)?;
        let call = async {
            let mut instance = self.instance("query", self.wall()).await?;
            let columns = abi::query(&mut instance, query, self.wall()).await?;
            let pull = self.pull(instance, columns.cursor, self.wall());
            let schema = Arc::clone(&columns.schema);
            Ok(TableAnswer {
                fields: columns.fields,
                rows: Box::new(cursors::Rows::new(pull, Arc::clone(&schema))),
                schema,
            })
        };
        self.run("query", call).await
    }
}

impl std::fmt::Debug for PluginArchive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginArchive").field("info", &self.info).finish_non_exhaustive()
    }
}
