#![doc = include_str!("../README.md")]

mod open;
mod settings;
#[cfg(test)]
mod tests;
mod tree;

use std::rc::Rc;

use archway_plugin::access::{AccessRequest, Way};
use archway_plugin::archive::Content;
use archway_plugin::types::{Asset, AssetId, Description, Operation, SearchQuery};
use archway_plugin::{ArchivePlugin, ChangeCursor, Error, Host, SearchAnswer};
use archway_trees::TreeArchive;

/// An archive that is a tree of files on an FTP server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ftp;

fn archive(host: &dyn Host) -> Result<TreeArchive, Error> {
    TreeArchive::new(host, Rc::new(tree::FtpTree::new(settings::Settings::of(host)?)))
}

impl ArchivePlugin for Ftp {
    fn describe(&self, host: &dyn Host) -> Result<Description, Error> {
        let mut description = archive(host)?.describe(host)?;
        description.operations.push(Operation::Open);
        Ok(description)
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

    fn open(&self, host: &dyn Host, locator: &str, offset: u64) -> Result<Content, Error> {
        open::open(host, locator, offset)
    }
}

archway_plugin::export!(Ftp);
