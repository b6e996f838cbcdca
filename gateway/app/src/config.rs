//! The configuration: as written, then checked.
//!
//! Called by `cli/` and by tests ([`Config::load`]); read by `app.rs`.
//! Calls `config/file.rs` and `config/env.rs` (what is written), `config/keys.rs`
//! (which keys there are), and one module per section (what it means).
//!
//! Rules that hold here and nowhere else:
//!
//! - Later beats earlier: default, `archway.toml`, `archives/*.toml`, `ARCHWAY__SECTION__KEY`.
//! - Every mistake is found in one go, each with where it stands and its full key.
//! - After this nobody validates a number again.
//! - A secret is never written in a file, only where it lies.

mod apps;
mod archives;
mod collections;
mod credentials;
mod egress;
mod env;
mod file;
mod files;
mod keys;
mod labs;
mod limits;
mod log;
mod plugins;
mod quota;
mod report;
mod search;
mod secret;
mod server;
mod store;
mod volumes;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use archives::{ArchiveFile, ArchiveRead};
pub use env::Environment;
pub use labs::{BackendKind, Docker, Labs, Process};
pub use log::{Log, LogFormat};
pub use plugins::Plugins;
pub use report::{Invalid, Problem};
pub use search::Deadlines;
pub use secret::Secret;
pub use server::Server;
pub use store::Store;
pub use volumes::{S3, Volumes};

use archway_core::collections::Collection;
use archway_core::labs::Catalogue;
use archway_host::egress::Proxy;
use archway_host::{Limits, LimitsTable};
use file::Layer;
use report::Report;

/// The file that is read when it exists and no other is named.
pub const DEFAULT_FILE: &str = "config/archway.toml";

/// Everything that is configured, checked. Safe to print.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the gateway listens and keeps its data.
    pub server: Server,
    /// How long a search may take.
    pub deadlines: Deadlines,
    /// Where plugins lie, and how many instances run at once.
    pub plugins: Plugins,
    /// What one call of a plugin may use, where its archive says nothing else.
    pub limits: Limits,
    /// A web page or mail address that archives see; empty for none.
    pub contact: String,
    /// The proxy that every connection of plugins and labs goes through.
    pub proxy: Option<Proxy>,
    /// Where the gateway's state is kept.
    pub store: Store,
    /// How data volumes are staged, and where their bytes lie.
    pub volumes: Volumes,
    /// How labs live, and where they run.
    pub labs: Labs,
    /// Labs as processes of this machine.
    pub process: Process,
    /// Labs as containers of a Docker Engine.
    pub docker: Docker,
    /// What labs are made of.
    pub catalogue: Catalogue,
    /// Predefined collections, in the operator's order.
    pub collections: Vec<Collection>,
    /// Archives that only data volumes are made from, in the operator's order.
    pub presets: Vec<ArchiveFile>,
    /// What is logged, and how.
    pub log: Log,
    /// The federation, in its order.
    pub archives: Vec<ArchiveFile>,
    /// The file that was read; the archives lie in `archives` beside it.
    pub file: Option<PathBuf>,
    /// For reading it again.
    environment: Environment,
    /// What holds, for people.
    effective: String,
}

impl Config {
    /// Reads and checks everything.
    ///
    /// Without `file`, [`DEFAULT_FILE`] is read if it exists. Relative paths in it are
    /// relative to where the process runs.
    ///
    /// # Errors
    ///
    /// Every mistake.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, Invalid> {
        let default = Path::new(DEFAULT_FILE);
        let file = file.or_else(|| Some(default).filter(|file| file.exists()));
        let (mut config, archives) = Self::read(file, environment)?;
        let mut problems = Vec::new();
        for read in archives {
            problems.extend(read.problems);
            config.archives.extend(read.archive);
        }
        if problems.is_empty() { Ok(config) } else { Err(Invalid(problems)) }
    }

    /// Everything at its default, and no archives.
    pub fn with_defaults() -> Self {
        let read = Self::read(None, &Environment::default());
        read.expect("the test `the_reference_is_the_defaults` checks them").0
    }

    /// Reads the same files again, for a gateway that runs: each archive with its own mistakes.
    ///
    /// # Errors
    ///
    /// Mistakes that are not of one archive alone.
    pub fn reread(&self) -> Result<Vec<ArchiveRead>, Invalid> {
        Ok(Self::read(self.file.as_deref(), &self.environment)?.1)
    }

    fn read(
        file: Option<&Path>,
        environment: &Environment,
    ) -> Result<(Self, Vec<ArchiveRead>), Invalid> {
        let mut problems = Vec::new();
        let mut layer = file.map_or_else(Layer::default, |path| Layer::read(path, &mut problems));
        environment.overlay(&mut layer, &mut problems);
        let written = Sections::read(&layer, &mut problems);
        let mut report = Report::new(&layer, "", &mut problems);
        let server = written.server.check(&mut report.below("server"));
        let deadlines = written.search.check(&mut report.below("search"));
        let plugins = written.plugins.check(&mut report.below("plugins"));
        let limits = limits::check(&written.limits, &mut report.below("limits"));
        written.egress.check(&mut report.below("egress"));
        let proxy = written.egress.check_proxy(environment, &mut report.below("egress"));
        let log = written.log.check(&mut report.below("log"));
        let store = written.store.check(environment, &mut report.below("store"));
        let mut volumes = written.volumes.check(environment, &mut report.below("volumes"));
        let mut labs = written.labs.check(server.public_url.as_ref(), &mut report.below("labs"));
        let (process, docker) = (written.process.check(), written.docker.check());
        let quota = written.quota.check(&mut report.below("quota"));
        volumes.staging.quota = quota.clone();
        labs.life.quota = quota;
        labs.life.several_users = server.expose_without_sign_in;
        let folder = |name: &str| file.map(|file| archives::folder(file, name));
        let catalogue = apps::read(folder("apps").as_deref(), &mut problems);
        let collections = collections::read(folder("collections").as_deref(), &mut problems);
        let presets = archives::presets(
            folder("presets").as_deref(),
            environment,
            &written.egress,
            &mut problems,
        );
        let folder = folder("archives");
        let archives =
            archives::read(folder.as_deref(), environment, &written.egress, &mut problems);
        if !problems.is_empty() {
            // All of them in one go, those of the archives too.
            problems.extend(archives.into_iter().flat_map(|read| read.problems));
            return Err(Invalid(problems));
        }
        let effective = written.effective(&limits);
        let config = Self {
            server,
            deadlines,
            plugins,
            limits,
            contact: written.egress.contact,
            proxy,
            store,
            volumes,
            labs,
            process,
            docker,
            catalogue,
            collections,
            presets,
            log,
            archives: Vec::new(),
            file: file.map(Path::to_owned),
            environment: environment.clone(),
            effective,
        };
        Ok((config, archives))
    }

    /// The folder that the archives' files lie in, where there is one.
    pub fn archives_folder(&self) -> Option<PathBuf> {
        self.file.as_deref().map(|file| archives::folder(file, "archives"))
    }

    /// The sections as they hold, in TOML: defaults filled in, without archives.
    pub fn effective(&self) -> &str {
        &self.effective
    }
}

/// `archway.toml` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sections {
    server: server::ServerTable,
    search: search::SearchTable,
    plugins: plugins::PluginsTable,
    limits: LimitsTable,
    egress: egress::EgressTable,
    store: store::StoreTable,
    volumes: volumes::VolumesTable,
    labs: labs::LabsTable,
    process: labs::ProcessTable,
    docker: labs::DockerTable,
    quota: quota::QuotaTable,
    log: log::LogTable,
}

impl Sections {
    fn read(layer: &Layer, problems: &mut Vec<Problem>) -> Self {
        let mut report = Report::new(layer, "", problems);
        let known = keys::of::<Self>();
        for key in layer.table.keys().filter(|key| !known.contains(&key.as_str())) {
            report.unknown(key, known);
        }
        Self {
            server: keys::section(&mut report, "server"),
            search: keys::section(&mut report, "search"),
            plugins: keys::section(&mut report, "plugins"),
            limits: keys::section(&mut report, "limits"),
            egress: keys::section(&mut report, "egress"),
            store: keys::section(&mut report, "store"),
            volumes: keys::section(&mut report, "volumes"),
            labs: keys::section(&mut report, "labs"),
            process: keys::section(&mut report, "process"),
            docker: keys::section(&mut report, "docker"),
            quota: keys::section(&mut report, "quota"),
            log: keys::section(&mut report, "log"),
        }
    }
}

impl Sections {
    /// As a file that says all of it.
    fn effective(&self, limits: &Limits) -> String {
        let sections = [
            ("server", toml::Value::try_from(&self.server)),
            ("search", toml::Value::try_from(&self.search)),
            ("plugins", toml::Value::try_from(&self.plugins)),
            ("limits", Ok(limits::written(limits).into())),
            ("egress", toml::Value::try_from(&self.egress)),
            ("store", toml::Value::try_from(&self.store)),
            ("volumes", toml::Value::try_from(&self.volumes)),
            ("labs", toml::Value::try_from(&self.labs)),
            ("process", toml::Value::try_from(&self.process)),
            ("docker", toml::Value::try_from(&self.docker)),
            ("quota", toml::Value::try_from(&self.quota)),
            ("log", toml::Value::try_from(&self.log)),
        ];
        let mut all = toml::Table::new();
        for (name, section) in sections {
            all.insert(name.to_owned(), section.expect("texts, numbers and lists are TOML"));
        }
        toml::to_string(&all).expect("a table is TOML")
    }
}

#[cfg(test)]
mod tests;
