//! The bytes of a way: what the host streams itself, and who streams the rest.
//!
//! Called by `archive.rs` for [`Archive::fetch`]. Calls the broker for downloads
//! (`egress/downloads.rs`) and plugins.
//!
//! | way | bytes from |
//! |---|---|
//! | HTTP, a service | the archive, through the broker, by the host itself (`fetch/http.rs`) |
//! | FTP | the plugin whose manifest `opens` the scheme, whoever named the path |
//! | a locator | the archive's own plugin |
//! | inline | memory |
//!
//! Rules that hold here and nowhere else:
//!
//! - A plugin that opens a URL for another one runs within the naming archive: its grants,
//!   credentials, limits and rate, and none of its settings. What the operator grants is
//!   enough: the manifest of the naming plugin speaks of that plugin's own requests.
//! - A download has a place among the archive's downloads, and none among its calls.
//! - The time for one read is the idle timeout; how long the whole takes is the client's matter.
//!
//! [`Archive::fetch`]: archway_core::archive::Archive::fetch

use std::sync::Arc;

use archway_core::Error;
use archway_core::access::Route;
use archway_core::archive::{ByteReader, Content, Fetch, Fetched, Operation};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Semaphore;

mod error;
mod ftp;
mod http;

use crate::Plugins;
use crate::abi::v0_1 as abi;
use crate::archive::{Pull, PulledBytes};
use crate::egress::Egress;
use crate::grants::Grants;
use crate::instance::{Instance, Surroundings};
use crate::plugin::Plugin;

/// How the files of one archive are read.
pub(crate) struct Downloads {
    plugin: Arc<Plugin>,
    /// Of this process, to find who opens a scheme.
    plugins: Arc<Plugins>,
    /// For the archive's own plugin.
    own: Arc<Surroundings>,
    /// For a plugin that opens what this one names.
    opened: Arc<Surroundings>,
}

impl Downloads {
    /// Beside the `calls` of an archive; `granted` is what its operator allows.
    pub(crate) fn new(
        plugin: Arc<Plugin>,
        plugins: Arc<Plugins>,
        calls: &Surroundings,
        granted: Grants,
    ) -> Self {
        let places = Arc::new(Semaphore::new(calls.egress.most_downloads()));
        let surroundings =
            |egress: Egress| Surroundings { egress, calls: Arc::clone(&places), ..calls.clone() };
        let own = surroundings(calls.egress.for_downloads(None));
        let opened = Surroundings {
            settings: Vec::new(),
            ..surroundings(calls.egress.for_downloads(Some(granted)))
        };
        Self { plugin, plugins, own: Arc::new(own), opened: Arc::new(opened) }
    }

    /// The bytes of a way.
    pub(crate) async fn fetch(&self, fetch: &Fetch) -> Result<Fetched, Error> {
        let first = fetch.part.map_or(0, |part| part.first);
        match &fetch.way.route {
            Route::Http(_) | Route::Service(_) => http::fetch(&self.own, fetch).await,
            Route::Ftp(way) => {
                let (scheme, locator) = ftp::locator(way);
                self.open_url(scheme, &locator, first).await
            }
            Route::ViaPlugin(locator) => {
                let offered = &self.plugin.manifest().operations;
                if !offered.contains(&Operation::Open) {
                    let archive = self.own.archive.clone();
                    let what = Operation::Open.name().to_owned();
                    return Err(Error::Unsupported { archive, what });
                }
                self.open(&self.plugin, &self.own, locator, first).await
            }
            Route::Inline(bytes) => Ok(inline(bytes)),
        }
    }

    async fn open_url(&self, scheme: &str, locator: &str, first: u64) -> Result<Fetched, Error> {
        let opens = |plugin: &Plugin| plugin.manifest().opens.iter().any(|own| own == scheme);
        if opens(&self.plugin) {
            return self.open(&self.plugin, &self.own, locator, first).await;
        }
        let Some(opener) = self.plugins.find(opens) else {
            let archive = self.own.archive.clone();
            let what = format!(
                "{scheme} by itself, and no plugin of this gateway has `{scheme}` in `opens` of its plugin.toml"
            );
            return Err(Error::Unsupported { archive, what });
        };
        let surroundings =
            Surroundings { plugin: opener.manifest().id.clone(), ..(*self.opened).clone() };
        self.open(&opener, &Arc::new(surroundings), locator, first).await
    }

    async fn open(
        &self,
        plugin: &Plugin,
        surroundings: &Arc<Surroundings>,
        locator: &str,
        first: u64,
    ) -> Result<Fetched, Error> {
        let idle = surroundings.egress.idle_timeout();
        let (engine, pre) = (plugin.engine(), plugin.pre());
        let mut instance = Instance::start(surroundings, engine, pre, "open", idle).await?;
        let opened = abi::open(&mut instance, locator, first, idle).await;
        let opened = opened.map_err(|error| match error {
            // The asset is there; this copy of it is not.
            Error::AssetNotFound(gone) => Error::Upstream {
                archive: gone.archive,
                reason: format!("there is no `{}`", gone.native),
                retry_after: None,
            },
            other => other,
        })?;
        let pull = Pull::new(instance, opened.reader, idle, Arc::default());
        let content = Content {
            reader: Box::new(PulledBytes::new(pull, None)),
            total_bytes: opened.total_bytes,
            modified: opened.modified,
            tag: opened.tag,
        };
        let length = content.total_bytes.map(|total| total.saturating_sub(first));
        Ok(Fetched { content, offset: first, length, media_type: None, ranges: true })
    }
}

fn inline(bytes: &Bytes) -> Fetched {
    let length = Some(bytes.len() as u64);
    let reader = Box::new(Memory(bytes.clone()));
    let content = Content { reader, total_bytes: length, modified: None, tag: None };
    Fetched { content, offset: 0, length, media_type: None, ranges: false }
}

/// Bytes that are here.
struct Memory(Bytes);

#[async_trait]
impl ByteReader for Memory {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        let size = self.0.len().min(max_bytes as usize);
        Ok(self.0.split_to(size))
    }
}
