#![doc = include_str!("../README.md")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::Semaphore;

mod abi;
mod archive;
mod config;
pub mod credentials;
mod decoding;
pub mod egress;
mod engine;
mod error;
mod fetch;
pub mod grants;
mod imports;
mod instance;
mod limits;
mod manifest;
mod observer;
mod plugin;
mod problem;

pub use archive::PluginArchive;
pub use config::{ArchiveConfig, HostConfig, TrustFile};
pub use decoding::Decoding;
pub use error::Error;
pub use limits::{Limits, LimitsTable};
pub use manifest::{Kind, Manifest, Setting, Settings};
pub use observer::{CallReport, Conversation, Event, Exchange, Observer, Related, Turn};
pub use plugin::PluginInfo;
pub use problem::Problem;

use egress::Network;
use engine::Engine;
use plugin::Plugin;

/// The plugins of this process. Dropping it stops the engine's clock once the last archive is
/// gone too.
#[derive(Debug)]
pub struct PluginHost {
    engine: Arc<Engine>,
    network: Arc<Network>,
    contact: String,
    limits: Limits,
    /// As many as the pool has slots.
    instances: Arc<Semaphore>,
    plugins: Arc<Plugins>,
}

/// What is loaded, by id; archives look into it for who opens what they name.
#[derive(Debug, Default)]
pub(crate) struct Plugins(RwLock<BTreeMap<String, Arc<Plugin>>>);

type ById = BTreeMap<String, Arc<Plugin>>;

impl Plugins {
    fn read(&self) -> RwLockReadGuard<'_, ById> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, ById> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first that fits, in the order of their ids.
    pub(crate) fn find(&self, fits: impl Fn(&Plugin) -> bool) -> Option<Arc<Plugin>> {
        self.read().values().find(|plugin| fits(plugin)).cloned()
    }
}

/// One file of a folder, and how loading it went.
pub type Loaded = (PathBuf, Result<PluginInfo, Error>);

impl PluginHost {
    /// Starts the engine.
    ///
    /// # Errors
    ///
    /// [`Error::CompiledFolder`], or the engine's own words.
    pub fn new(config: HostConfig) -> Result<Self, Error> {
        let HostConfig { network, compiled_dir, contact, limits, instances } = config;
        Ok(Self {
            engine: Engine::new(compiled_dir, instances)?,
            network,
            contact,
            limits,
            instances: Arc::new(Semaphore::new(instances as usize)),
            plugins: Arc::default(),
        })
    }

    /// Loads the component in `path`, or loads it again.
    ///
    /// Compiles it unless the compiled form is kept. Archives that are open stay with the
    /// plugin they have.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the component or its manifest; the plugin that was there stays.
    pub async fn load(&self, path: &Path) -> Result<PluginInfo, Error> {
        let plugin = Arc::new(Plugin::load(&self.engine, path).await?);
        let info = plugin.info().clone();
        let mut plugins = self.plugins.write();
        if let Some(other) = plugins.get(&info.id).filter(|other| other.info().path != info.path) {
            let (plugin, other) = (info.id, other.info().path.clone());
            return Err(Error::Duplicate { path: path.to_owned(), plugin, other });
        }
        // A file that gives another plugin than before no longer gives the old one.
        plugins.retain(|_, plugin| plugin.info().path != info.path);
        plugins.insert(info.id.clone(), plugin);
        Ok(info)
    }

    /// Loads every `.wasm` file of `folder`, in the order of their names.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] if there is no such folder. What is wrong with a file is its own result.
    pub async fn load_folder(&self, folder: &Path) -> Result<Vec<Loaded>, Error> {
        let read = |source| Error::Read { path: folder.to_owned(), source };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.extension().is_some_and(|extension| extension == "wasm") {
                paths.push(path);
            }
        }
        paths.sort();
        let mut loaded = Vec::new();
        for path in paths {
            let result = self.load(&path).await;
            loaded.push((path, result));
        }
        Ok(loaded)
    }

    /// [`PluginHost::load`] by the name that says what it is for.
    ///
    /// # Errors
    ///
    /// Those of [`PluginHost::load`].
    pub async fn reload(&self, path: &Path) -> Result<PluginInfo, Error> {
        self.load(path).await
    }

    /// Forgets a plugin; returns whether there was one. Open archives stay open.
    pub fn unload(&self, plugin: &str) -> bool {
        self.plugins.write().remove(plugin).is_some()
    }

    /// What is loaded, by id.
    pub fn plugins(&self) -> Vec<PluginInfo> {
        let plugins = self.plugins.read();
        plugins.values().map(|plugin| plugin.info().clone()).collect()
    }

    /// The id of the plugin that takes this encoding off.
    pub(crate) fn decoder(&self, encoding: &str) -> Option<String> {
        let decodes = |plugin: &Plugin| plugin.manifest().decodes.iter().any(|own| own == encoding);
        self.plugins.find(decodes).map(|plugin| plugin.info().id.clone())
    }

    /// Checks `config` and makes the archive; asks nobody.
    ///
    /// # Errors
    ///
    /// [`Error::NoPlugin`], or [`Error::Archive`] with every mistake.
    pub fn open_archive(&self, config: ArchiveConfig) -> Result<Arc<PluginArchive>, Error> {
        let plugins = self.plugins.read();
        let Some(plugin) = plugins.get(&config.plugin) else {
            let ids = plugins.keys().map(String::as_str);
            let nearest = problem::nearest(&config.plugin, ids).map(str::to_owned);
            return Err(Error::NoPlugin { archive: config.id, asked: config.plugin, nearest });
        };
        let plugin = Arc::clone(plugin);
        drop(plugins);
        PluginArchive::open(self, plugin, config).map(Arc::new)
    }
}
