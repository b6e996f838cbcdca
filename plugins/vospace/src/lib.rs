#![doc = include_str!("../README.md")]

mod access;
mod describe;
mod harvest;
mod job;
mod links;
mod listing;
mod look_up;
mod mapping;
mod matching;
mod negotiation;
mod reply;
mod search;
mod service;
mod settings;
#[cfg(test)]
mod tests;
mod walk;

use archway_plugin::access::{AccessRequest, Way};
use archway_plugin::types::{Asset, AssetId, Description, SearchQuery};
use archway_plugin::{ArchivePlugin, ChangeCursor, Error, Host, SearchAnswer};

/// An archive that speaks `VOSpace`.
#[derive(Clone, Copy, Debug, Default)]
pub struct VoSpace;

impl ArchivePlugin for VoSpace {
    fn describe(&self, host: &dyn Host) -> Result<Description, Error> {
        describe::describe(host)
    }

    fn search(&self, host: &dyn Host, query: SearchQuery) -> Result<SearchAnswer, Error> {
        search::search(host, query)
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

archway_plugin::export!(VoSpace);
