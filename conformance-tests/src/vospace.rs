//! A `VOSpace` 2.1 service in memory and over folders: nodes, links, transfers at once and as
//! jobs, files, faults. The `vos` client of PyPI works with it unchanged.
//!
//! *Called by* the sample site, which shows real files read-only, and by tests, which also
//! write. *Calls* `vospace/store.rs` (the tree), `vospace/jobs.rs` (UWS), and for each resource
//! of the standard a file: `nodes.rs`, `transfers.rs`, `files.rs`, `about.rs`.
//! *Rules*: [`router`] is nested below the path of [`Settings::url`]; [`registry`] belongs to the
//! root of the host. A node is public unless its `core#ispublic` is `false`; who bears the token
//! may do everything; others may write where [`Settings::writable`].

mod about;
mod answer;
mod files;
mod jobs;
mod nodes;
mod store;
mod transfers;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use archway_formats::vospace::{Fault, NodeUri, property};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use bytes::Bytes;
use http::{HeaderMap, header};

use self::jobs::Jobs;
use self::store::{Store, Stored};

/// Largest file that a client may send.
const MOST_UPLOAD_BYTES: usize = 64 << 20;

/// How a service is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where [`router`] is, without a slash at the end: `http://127.0.0.1:8471/vospace`.
    pub url: String,
    /// `authority!service` of the identifiers.
    pub service: String,
    /// Whether anybody may write.
    pub writable: bool,
    /// Who bears it (`Authorization: Bearer`) may read and write everything.
    pub token: Option<String>,
    /// Most children in one answer to a client that names a limit.
    pub page_nodes: usize,
    /// Whether paths in identifiers are written as they are, not escaped as URIs are.
    pub plain_uris: bool,
    /// Whether `/files` is offered in the capabilities; it is there anyway.
    pub offers_files: bool,
    /// How long a job of `/transfers` runs.
    pub job_time: Duration,
}

impl Settings {
    /// A service that can be read, and written by nobody.
    pub fn read_only(url: &str, service: &str) -> Self {
        Self {
            url: url.to_owned(),
            service: service.to_owned(),
            writable: false,
            token: None,
            page_nodes: 1000,
            plain_uris: false,
            offers_files: true,
            job_time: Duration::ZERO,
        }
    }
}

/// A service. Clones are the same service.
#[derive(Clone, Debug)]
pub struct Vospace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    store: Mutex<Store>,
    jobs: Jobs,
}

impl Vospace {
    /// An empty service.
    pub fn new(settings: Settings) -> Self {
        let store = Mutex::new(Store::default());
        Self(Arc::new(Inner { settings, store, jobs: Jobs::default() }))
    }

    /// Shows the files of a folder, and of those below it, at `path` (empty is the root). They
    /// are read when they are asked for. Returns how many there are.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn add_folder(&self, path: &str, folder: &Path) -> std::io::Result<usize> {
        self.store().add_folder(path, folder)
    }

    /// Adds a container; those above it must be there.
    ///
    /// # Errors
    ///
    /// As a client that may do it would get it.
    pub fn add_container(&self, path: &str) -> Result<(), Fault> {
        self.store().insert(path, Stored::container())
    }

    /// Adds a file.
    ///
    /// # Errors
    ///
    /// As a client that may do it would get it.
    pub fn add_file(
        &self,
        path: &str,
        media_type: &str,
        content: impl Into<Bytes>,
    ) -> Result<(), Fault> {
        self.store().insert(path, Stored::file(content.into(), media_type))
    }

    /// Adds a link to a node's identifier, or to anywhere else.
    ///
    /// # Errors
    ///
    /// As a client that may do it would get it.
    pub fn add_link(&self, path: &str, target: &str) -> Result<(), Fault> {
        self.store().insert(path, Stored::link(target))
    }

    /// Sets a property of a node.
    ///
    /// # Errors
    ///
    /// If there is no such node.
    pub fn set_property(&self, path: &str, uri: &str, value: &str) -> Result<(), Fault> {
        let mut store = self.store();
        let node = store.get_mut(path)?;
        node.properties.insert(uri.to_owned(), value.to_owned());
        Ok(())
    }

    /// Sets when a node was last changed, in microseconds since 1970, UTC.
    ///
    /// # Errors
    ///
    /// If there is no such node.
    pub fn set_modified(&self, path: &str, modified_us: i64) -> Result<(), Fault> {
        self.store().get_mut(path)?.modified_us = modified_us;
        Ok(())
    }

    /// The identifier of a path, as the service writes it.
    pub fn uri_of(&self, path: &str) -> String {
        let uri = NodeUri { service: self.0.settings.service.clone(), path: path.to_owned() };
        if self.0.settings.plain_uris { uri.to_plain() } else { uri.to_string() }
    }

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// The path that an identifier of this service means, however it is escaped.
    fn path_of(&self, uri: &str) -> Option<String> {
        let own = NodeUri { service: self.0.settings.service.clone(), path: String::new() };
        let read = |parsed: Option<NodeUri>| parsed.filter(|uri| own.is_beside(uri));
        let (escaped, plain) = (read(NodeUri::parse(uri)), read(NodeUri::parse_plain(uri)));
        // Clients write both; what is there decides.
        let store = self.store();
        let there =
            [&plain, &escaped].into_iter().flatten().find(|uri| store.get(&uri.path).is_ok());
        there
            .cloned()
            .or(if self.0.settings.plain_uris { plain.clone() } else { None })
            .or(escaped)
            .or(plain)
            .map(|uri| uri.path)
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Anybody,
    /// Bears the token.
    Owner,
    /// Bears another.
    Stranger,
}

impl Caller {
    fn of(headers: &HeaderMap, settings: &Settings) -> Self {
        let named = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        match named.and_then(|value| value.strip_prefix("Bearer ")) {
            None => Self::Anybody,
            Some(token) if settings.token.as_deref() == Some(token) => Self::Owner,
            Some(_) => Self::Stranger,
        }
    }

    fn may_read(self, node: &Stored) -> bool {
        let public = node.properties.get(property::IS_PUBLIC).is_none_or(|word| word != "false");
        match self {
            Self::Owner => true,
            Self::Anybody => public,
            Self::Stranger => false,
        }
    }

    fn may_write(self, settings: &Settings) -> bool {
        match self {
            Self::Owner => true,
            Self::Anybody => settings.writable,
            Self::Stranger => false,
        }
    }
}

/// The resources of the service, below the path of its URL.
pub fn router(space: Vospace) -> Router {
    Router::new()
        .route("/capabilities", get(about::capabilities))
        .route("/availability", get(about::availability))
        .route("/protocols", get(about::protocols))
        .route("/views", get(about::views))
        .route("/properties", get(about::properties))
        .route("/nodes", any(nodes::node))
        .route("/nodes/", any(nodes::node))
        .route("/nodes/{*path}", any(nodes::node))
        .route("/files/{*path}", any(files::file))
        .route("/synctrans", any(transfers::sync))
        .route("/transfers", get(jobs::list).post(transfers::create))
        .route("/async-delete", post(transfers::create_deletion))
        .route("/async-setprops", post(transfers::create_setting))
        .route("/transfers/{id}", any(jobs::job))
        .route("/transfers/{id}/{*part}", any(jobs::part))
        .layer(DefaultBodyLimit::max(MOST_UPLOAD_BYTES))
        .with_state(space)
}

/// The registry that says where the service is, for the root of a host: what the `vos` client
/// asks first.
pub fn registry(space: Vospace) -> Router {
    Router::new().route("/reg/resource-caps", get(about::resource_caps)).with_state(space)
}

#[cfg(test)]
mod tests;
