//! An archive as the core sees it: what it is, what it can do, and the calls.
//!
//! Implemented by a plugin with its settings (`gateway/host`) and by a fake in tests.
//! Limits, retries, rates and the circuit breaker are the implementation's;
//! the core adds none.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Error;
use crate::access::Way;
use crate::asset::{Agent, ArchiveId, Asset, Extra, Licence, Term};
use crate::coverage::{Instant, Interval, Region, TimeRange};
use crate::search::{Constraint, Order, Search};
use crate::tables::{Table, TableAnswer, TableQuery};

/// What a plugin can do. `describe` is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the trait's methods")]
pub enum Operation {
    Search,
    Harvest,
    LookUp,
    Access,
    Open,
    Decode,
    Tables,
    Query,
}

impl Operation {
    /// The name in `plugin.toml` and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Harvest => "harvest",
            Self::LookUp => "look-up",
            Self::Access => "access",
            Self::Open => "open",
            Self::Decode => "decode",
            Self::Tables => "tables",
            Self::Query => "query",
        }
    }
}

/// A named set of assets of one archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// As assets name it.
    pub id: String,
    /// For people.
    pub title: String,
    /// For people.
    pub description: Option<String>,
    /// What is in it.
    pub product_types: Vec<Term>,
    /// How many assets.
    pub assets: Option<u64>,
    /// Who publishes it, where that is not the archive's publisher.
    pub publisher: Option<String>,
    /// Of all that is in it.
    pub licence: Option<Licence>,
    /// When the collection was made.
    pub created: Option<Instant>,
}

/// A language the archive takes queries in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryLanguage {
    /// "ADQL".
    pub name: String,
    /// "2.0".
    pub version: Option<String>,
    /// IVOID.
    pub identifier: Option<String>,
}

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// For people.
    pub title: String,
    /// For people.
    pub description: Option<String>,
    /// Who publishes it.
    pub publisher: Option<Agent>,
    /// For people.
    pub homepage: Option<String>,
    /// Of its records, where all have one.
    pub licence: Option<Licence>,
    /// Its collections.
    pub collections: Vec<Collection>,
    /// Where it has anything; empty is unknown.
    pub space: Vec<Region>,
    /// When; empty is unknown.
    pub time: Vec<TimeRange>,
    /// At what wavelengths; empty is unknown.
    pub wavelength_m: Vec<Interval>,
    /// What works with the settings and credentials given.
    pub operations: Vec<Operation>,
    /// Constraints it applies itself.
    pub push_down: Vec<Constraint>,
    /// Orders it gives itself.
    pub orders: Vec<Order>,
    /// Languages of raw queries.
    pub languages: Vec<QueryLanguage>,
    /// Rows it gives at most per query.
    pub max_rows: Option<u64>,
    /// What has no field of its own.
    pub extras: Vec<Extra>,
}

/// Whether an archive is up; unknown until it was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Its last call went well.
    Up,
    /// Its breaker is open.
    Down,
    /// It was not asked yet, or the last call says nothing of it.
    #[default]
    Unknown,
}

/// What is known of an archive without asking it.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchiveInfo {
    /// The operator's name for it.
    pub id: ArchiveId,
    /// The operator's title for it.
    pub title: String,
    /// Id of its plugin.
    pub plugin: String,
    /// Declared by the plugin.
    pub operations: Vec<Operation>,
    /// The last description it gave; absent until then.
    pub description: Option<Arc<Description>>,
    /// Whether it is up.
    pub health: Health,
    /// Archives that hold copies of the same files (configuration; both must say so).
    pub mirrors: Vec<ArchiveId>,
    /// Whether it serves samples of real data from this machine.
    pub sample: bool,
    /// Whether nobody here has tried it against the real archive.
    pub untried: bool,
}

/// Assets in the order of the answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssetBatch {
    /// Never more than asked for.
    pub assets: Vec<Asset>,
    /// Goes on behind this batch; absent where the archive must be asked again from the last one.
    pub resume: Option<Vec<u8>>,
}

/// The answer to a search.
pub struct SearchAnswer {
    /// Gives the assets. Dropping it ends the call upstream.
    pub assets: Box<dyn AssetCursor>,
    /// The caller must apply these itself.
    pub not_applied: Vec<Constraint>,
    /// Whether they come in the order asked for.
    pub ordered: bool,
    /// How many there are, where the archive says so.
    pub total: Option<u64>,
}

/// Assets, pulled.
#[async_trait]
pub trait AssetCursor: Send {
    /// At most `max_assets`; `None` is the end, an empty batch is not.
    async fn next(&mut self, max_assets: u32) -> Result<Option<AssetBatch>, Error>;
}

/// One change of a harvest.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// New or changed.
    Upsert(Box<Asset>),
    /// Gone.
    Withdraw {
        /// The archive's own identifier.
        native_id: String,
        /// When, where the archive says so.
        when: Option<Instant>,
        /// Why, where the archive says so.
        reason: Option<String>,
    },
}

/// Changes, and how to go on after them.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeBatch {
    /// In the order they are to be applied.
    pub changes: Vec<Change>,
    /// Give this to `harvest` to go on, in another process too.
    pub resume: Vec<u8>,
}

/// Changes, pulled.
#[async_trait]
pub trait ChangeCursor: Send {
    /// At most `max_changes`; `None` is the end.
    async fn next(&mut self, max_changes: u32) -> Result<Option<ChangeBatch>, Error>;
}

/// The bytes of a file, from an offset on.
pub struct Content {
    /// Begins at the offset asked for. Dropping it ends the call upstream.
    pub reader: Box<dyn ByteReader>,
    /// Of the whole, from its first byte.
    pub total_bytes: Option<u64>,
    /// When the bytes last changed.
    pub modified: Option<Instant>,
    /// Another one when the bytes are others; opaque.
    pub tag: Option<String>,
}

/// Which bytes, by which way.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetch {
    /// One that [`Archive::access`] gave.
    pub way: Way,
    /// Of a service: names and values in their order, checked against its parameters.
    pub parameters: Vec<(String, String)>,
    /// Without it, the whole.
    pub part: Option<Part>,
}

/// A part of a file, by the numbers of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 0.
    pub first: u64,
    /// Included; to the end if absent.
    pub last: Option<u64>,
}

/// The bytes of a way.
pub struct Fetched {
    /// What is known of the whole, and the bytes from `offset` on. They may go on behind the
    /// part that was asked for.
    pub content: Content,
    /// Where the reader begins: with the part asked for, or at 0 where the archive has only
    /// the whole to give.
    pub offset: u64,
    /// How many bytes the reader gives, where that is known.
    pub length: Option<u64>,
    /// As the archive says.
    pub media_type: Option<String>,
    /// Whether parts can be had.
    pub ranges: bool,
}

/// Bytes, pulled.
#[async_trait]
pub trait ByteReader: Send {
    /// At most `max_bytes`; empty is the end.
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error>;
}

/// Which asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// By the archive's own identifier.
    NativeId(String),
    /// By an identifier of a scheme ("doi", "ivo").
    Identifier {
        /// The scheme.
        scheme: String,
        /// The identifier.
        value: String,
    },
}

/// One archive of the federation.
#[async_trait]
pub trait Archive: Send + Sync {
    /// What is known without asking.
    fn info(&self) -> ArchiveInfo;
    /// Asks the archive what it is; the answer is in [`Archive::info`] from then on.
    async fn describe(&self) -> Result<Arc<Description>, Error>;
    /// Finds assets.
    async fn search(&self, search: &Search) -> Result<SearchAnswer, Error>;
    /// Everything that changed since the token.
    async fn harvest(&self, since: Option<Vec<u8>>) -> Result<Box<dyn ChangeCursor>, Error>;
    /// One asset.
    async fn look_up(&self, id: &LookUp) -> Result<Asset, Error>;
    /// Ways to the bytes of an asset, or of one of its distributions.
    async fn access(&self, native_id: &str, distribution: Option<&str>) -> Result<Vec<Way>, Error>;
    /// Bytes behind a locator that [`Archive::access`] gave, from `offset` on.
    async fn open(&self, locator: &str, offset: u64) -> Result<Content, Error>;
    /// The bytes of a way, streamed: nothing is read before it is asked for, and a way is tried
    /// again only before its first byte. What ends early is an error, never an end.
    async fn fetch(&self, fetch: &Fetch) -> Result<Fetched, Error>;
    /// All tables or the named ones; without fields when `names_only`.
    async fn tables(&self, named: &[String], names_only: bool) -> Result<Vec<Table>, Error>;
    /// Runs a query in one of the archive's languages.
    async fn query(&self, query: &TableQuery) -> Result<TableAnswer, Error>;
}
