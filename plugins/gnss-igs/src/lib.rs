#![doc = include_str!("../README.md")]

mod access;
mod asset;
mod batches;
mod contents;
mod describe;
mod files;
mod found;
mod harvest;
mod headers;
mod kinds;
mod look_up;
mod matching;
mod names;
mod plan;
mod position;
#[cfg(test)]
mod recorded;
mod search;
mod servers;
mod settings;
mod stations;
mod time;

use archway_plugin::access::{AccessRequest, Way};
use archway_plugin::types::{Asset, AssetId, Description, SearchQuery};
use archway_plugin::{ArchivePlugin, ChangeCursor, Error, Host, SearchAnswer};

/// An archive of GNSS files.
#[derive(Clone, Copy, Debug, Default)]
pub struct GnssIgs;

impl ArchivePlugin for GnssIgs {
    fn describe(&self, host: &dyn Host) -> Result<Description, Error> {
        describe::describe(host)
    }

    fn search(&self, host: &dyn Host, query: SearchQuery) -> Result<SearchAnswer, Error> {
        search::search(host, &query)
    }

    fn harvest(
        &self,
        host: &dyn Host,
        since: Option<Vec<u8>>,
    ) -> Result<Box<dyn ChangeCursor>, Error> {
        harvest::harvest(host, since)
    }

    fn look_up(&self, host: &dyn Host, id: AssetId) -> Result<Asset, Error> {
        look_up::look_up(host, &id)
    }

    fn access(&self, host: &dyn Host, request: AccessRequest) -> Result<Vec<Way>, Error> {
        access::access(host, &request)
    }
}

archway_plugin::export!(GnssIgs);

/// Whether this is the name of a GNSS file, and how many of its parts are known: for benchmarks.
#[doc(hidden)]
pub fn parses(name: &str) -> bool {
    names::Name::parse(name).is_some_and(|name| name.meaning().kind.is_data())
}
