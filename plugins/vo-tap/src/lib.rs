#![doc = include_str!("../README.md")]

mod access;
mod adql;
mod datalink;
mod describe;
mod harvest;
mod job;
mod look_up;
mod mapping;
mod paging;
mod profile;
mod query;
#[cfg(test)]
mod recorded;
mod reply;
mod search;
mod settings;
mod source;
mod tables;
mod tap;
mod units;
mod upload;

use archway_plugin::access::{AccessRequest, Way};
use archway_plugin::tabular::{TableDescription, TableQuery};
use archway_plugin::types::{Asset, AssetId, Description, SearchQuery};
use archway_plugin::{ArchivePlugin, ChangeCursor, Error, Host, QueryAnswer, SearchAnswer};

/// An archive that speaks TAP.
#[derive(Clone, Copy, Debug, Default)]
pub struct VoTap;

impl ArchivePlugin for VoTap {
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

    fn tables(
        &self,
        host: &dyn Host,
        named: &[String],
        names_only: bool,
    ) -> Result<Vec<TableDescription>, Error> {
        tables::tables(host, named, names_only)
    }

    fn query(&self, host: &dyn Host, query: TableQuery) -> Result<QueryAnswer, Error> {
        query::query(host, query)
    }
}

archway_plugin::export!(VoTap);
