#![doc = include_str!("../README.md")]

#[cfg(test)]
mod tests;

use std::rc::Rc;

use archway_plugin::access::{AccessRequest, Way};
use archway_plugin::types::{Asset, AssetId, Description, SearchQuery};
use archway_plugin::{ArchivePlugin, ChangeCursor, Error, Host, SearchAnswer};
use archway_trees::TreeArchive;
use archway_trees::http::{HttpTree, IndexKind};

/// An archive that is a folder behind HTTP.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpTreePlugin;

/// The tree that the settings name, with its rules.
fn archive(host: &dyn Host) -> Result<TreeArchive, Error> {
    let text = |key: &str| {
        let text = host.text_setting(key)?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    let base_url = text("base_url")
        .ok_or_else(|| Error::invalid_part("base_url", "the setting base_url is missing"))?;
    let kind = match text("kind").as_deref() {
        Some("apache" | "nginx" | "lighttpd") => IndexKind::Page,
        Some("iis") => IndexKind::Iis,
        Some("s3") => IndexKind::S3,
        Some("webdav") => IndexKind::WebDav,
        Some("list") => IndexKind::List,
        _ => IndexKind::Auto,
    };
    let whole = |key: &str| host.integer_setting(key).unwrap_or_default();
    let tree = HttpTree::new(&base_url, kind)?
        .with_credential(text("credential"))
        .with_bucket_names(usize::try_from(whole("bucket_names")).unwrap_or_default())
        .with_utc_offset_min(i32::try_from(whole("utc_offset_min")).unwrap_or_default());
    TreeArchive::new(host, Rc::new(tree))
}

impl ArchivePlugin for HttpTreePlugin {
    fn describe(&self, host: &dyn Host) -> Result<Description, Error> {
        archive(host)?.describe(host)
    }

    fn search(&self, host: &dyn Host, query: SearchQuery) -> Result<SearchAnswer, Error> {
        archive(host)?.search(host, &query)
    }

    fn harvest(
        &self,
        host: &dyn Host,
        since: Option<Vec<u8>>,
    ) -> Result<Box<dyn ChangeCursor>, Error> {
        archive(host)?.harvest(host, since)
    }

    fn look_up(&self, host: &dyn Host, id: AssetId) -> Result<Asset, Error> {
        archive(host)?.look_up(host, &id)
    }

    fn access(&self, host: &dyn Host, request: AccessRequest) -> Result<Vec<Way>, Error> {
        archive(host)?.access(host, &request)
    }
}

archway_plugin::export!(HttpTreePlugin);
