//! What a plugin does: one trait, one method an operation.

use std::io::Read;

use crate::access::{AccessRequest, Way};
use crate::host::Host;
use crate::tabular::{Field, QueryOutcome, RowBatch, TableDescription, TableQuery};
use crate::types::{
    Asset, AssetBatch, AssetId, ChangeBatch, Constraint, Description, Error, InstantUs, SearchQuery,
};

/// An archive as a plugin adapts it.
///
/// Every operation but `describe` is optional: a plugin implements those that its
/// `plugin.toml` declares and no others. A method that is not implemented answers
/// [`Error::Unsupported`]. The plugin holds no state between calls; settings come
/// from [`Host::setting`].
#[expect(
    unused_variables,
    reason = "an operation that is not offered needs nothing of its arguments"
)]
pub trait ArchivePlugin {
    /// What this archive is and can do with the settings given. May ask the archive.
    fn describe(&self, host: &dyn Host) -> Result<Description, Error>;

    /// Finds assets.
    fn search(&self, host: &dyn Host, query: SearchQuery) -> Result<SearchAnswer, Error> {
        Err(Error::Unsupported("search".into()))
    }

    /// Everything that changed since the resume token; from the beginning without one.
    fn harvest(
        &self,
        host: &dyn Host,
        since: Option<Vec<u8>>,
    ) -> Result<Box<dyn ChangeCursor>, Error> {
        Err(Error::Unsupported("harvest".into()))
    }

    /// One asset by its identifier.
    fn look_up(&self, host: &dyn Host, id: AssetId) -> Result<Asset, Error> {
        Err(Error::Unsupported("look-up".into()))
    }

    /// The ways to the bytes of an asset.
    fn access(&self, host: &dyn Host, request: AccessRequest) -> Result<Vec<Way>, Error> {
        Err(Error::Unsupported("access".into()))
    }

    /// The bytes behind a locator that [`ArchivePlugin::access`] gave, from `offset` on.
    fn open(&self, host: &dyn Host, locator: &str, offset: u64) -> Result<Content, Error> {
        Err(Error::Unsupported("open".into()))
    }

    /// `source` without one of the encodings that the manifest's `decodes` lists.
    fn decode(
        &self,
        host: &dyn Host,
        encoding: &str,
        source: Box<dyn Read>,
    ) -> Result<Box<dyn ByteReader>, Error> {
        Err(Error::Unsupported("decode".into()))
    }

    /// All tables, or the named ones; without their fields when `names_only`.
    fn tables(
        &self,
        host: &dyn Host,
        named: &[String],
        names_only: bool,
    ) -> Result<Vec<TableDescription>, Error> {
        Err(Error::Unsupported("tables".into()))
    }

    /// Runs a query in one of the archive's languages.
    fn query(&self, host: &dyn Host, query: TableQuery) -> Result<QueryAnswer, Error> {
        Err(Error::Unsupported("query".into()))
    }
}

/// The answer to a search; see `search-answer` in `wit/archive/archive.wit`.
pub struct SearchAnswer {
    /// Gives the assets.
    pub assets: Box<dyn AssetCursor>,
    /// The host applies these itself.
    pub not_applied: Vec<Constraint>,
    /// Whether they come in the order asked for.
    pub ordered: bool,
    /// How many there are, where the archive says so.
    pub total: Option<u64>,
}

/// The answer to a table query.
pub struct QueryAnswer {
    /// What the columns are.
    pub fields: Vec<Field>,
    /// Gives the rows.
    pub rows: Box<dyn RowCursor>,
}

/// Pulled by the host when its own consumer wants more.
pub trait AssetCursor {
    /// At most `max_assets`; `None` is the end, an empty batch is not.
    fn next(&mut self, host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error>;
}

/// Pulled by the host; every batch says how to go on after it.
pub trait ChangeCursor {
    /// At most `max_changes`; `None` is the end.
    fn next(&mut self, host: &dyn Host, max_changes: u32) -> Result<Option<ChangeBatch>, Error>;
}

/// The bytes of a file; see `content` in `wit/archive/archive.wit`.
pub struct Content {
    /// Begins at the offset asked for.
    pub reader: Box<dyn ByteReader>,
    /// Of the whole, from its first byte.
    pub total_bytes: Option<u64>,
    /// When the bytes last changed, microseconds since 1970, UTC.
    pub modified: Option<InstantUs>,
    /// Another one when the bytes are others; opaque, without quotes.
    pub tag: Option<String>,
}

/// Bytes, pulled.
pub trait ByteReader {
    /// At most `max_bytes`; empty is the end.
    fn read(&mut self, host: &dyn Host, max_bytes: u32) -> Result<Vec<u8>, Error>;
}

/// Rows as columns, pulled.
pub trait RowCursor {
    /// At most `max_rows`; `None` is the end.
    fn next(&mut self, host: &dyn Host, max_rows: u32) -> Result<Option<RowBatch>, Error>;
    /// Known after the end.
    fn outcome(&self) -> QueryOutcome;
}
