//! Data volumes: what a lab sees as files.
//!
//! Called by the surfaces and by [`crate::labs`]. A volume is made of a source (a collection, a
//! selection, a tree of an archive made for it, a list of URLs, or nothing), listed into files,
//! and staged: every file is fetched through its archive, verified, kept once by its content,
//! and laid out as a folder.
//!
//! Rules that hold here and nowhere else:
//!
//! - Nothing half-written is ever visible: the folder appears whole, or not at all.
//! - What was acknowledged survives a kill; staging goes on where it stood, and so does removing.
//! - Quota counts bytes as they arrive, and what users write themselves as it is measured.
//! - A `provenance.json` in every volume says what came from where, when, with which checksum,
//!   under which licence, and how to cite it.

mod account;
mod bytes;
mod estimate;
mod fetching;
mod follow;
mod keeper;
mod kept;
mod listing;
mod measuring;
mod naming;
mod paths;
mod planning;
mod provenance;
mod record;
mod removal;
mod request;
mod runner;
mod service;
mod sources;
mod staging;
#[cfg(test)]
mod tests;

pub use bytes::{Measured, Part, VolumeBytes};
pub use keeper::{Created, FileOutcome, VolumeKeeper};
pub use record::FileRecord;
pub use service::{Estimate, NewVolume, Tested, VolumeEvent, Volumes, VolumesConfig, VolumesNeed};
pub use sources::{Field, FieldKind, SourceForm, SourceMaker};

use std::fmt;

use crate::asset::{AssetId, Checksum};
use crate::coverage::Instant;
use crate::owner::Owner;
use crate::selections::Members;

/// Made by the gateway: lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VolumeId(pub String);

impl fmt::Display for VolumeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the files of a volume come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A collection of the gateway, by its id; its members as they are when staging begins.
    Collection(String),
    /// Ticked assets, or all results of a search.
    Selection(Members),
    /// Everything an archive holds that is made for this volume from a plugin and settings, or
    /// from a preset of the operator: an FTP tree, a VOSpace subtree, an HTTP tree.
    Tree {
        /// Id of a preset; its settings are the operator's and `settings` is empty.
        preset: Option<String>,
        /// Id of the plugin ("ftp", "vospace", "http-tree").
        plugin: String,
        /// As the form of the plugin gives them: key and text.
        settings: Vec<(String, String)>,
        /// Paths that are wanted (`*`, `**`, `?`); all when empty.
        include: Vec<String>,
        /// Paths that are not.
        exclude: Vec<String>,
    },
    /// Files by http or https URL.
    Urls(Vec<String>),
    /// Nothing: space of the user to write in.
    Empty,
}

impl Source {
    /// The word for it in URLs, JSON and the store.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Collection(_) => "collection",
            Self::Selection(_) => "selection",
            Self::Tree { .. } => "tree",
            Self::Urls(_) => "urls",
            Self::Empty => "empty",
        }
    }
}

/// How files come into a volume. `lazy` and `mount` are for later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Fetched and kept before a lab starts.
    #[default]
    Copy,
}

/// Where a volume stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VolumeState {
    /// What is in its source is being listed.
    Listing,
    /// Files are arriving.
    Staging,
    /// Whole; its folder can be mounted.
    Ready,
    /// Ended without being whole; `failure` says why, and it can be tried again.
    Failed,
    /// The user ended it.
    Cancelled,
}

impl VolumeState {
    /// All, in their order.
    pub const ALL: [Self; 5] =
        [Self::Listing, Self::Staging, Self::Ready, Self::Failed, Self::Cancelled];

    /// The word in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::Staging => "staging",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing happens to it by itself any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Ready | Self::Failed | Self::Cancelled)
    }
}

/// How far a volume is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files that are whole.
    pub files: u64,
    /// Files in all, as far as they are listed.
    pub files_total: u64,
    /// Bytes that arrived, of unfinished files too.
    pub bytes: u64,
    /// Bytes in all, as far as the archives say.
    pub bytes_total: u64,
}

/// One data volume.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// Made by the gateway.
    pub id: VolumeId,
    /// Whose it is.
    pub owner: Owner,
    /// The folder's name in a lab: 1 to 64 of `A-Za-z0-9._-`, not beginning with a dot or dash;
    /// no two volumes of one owner share it.
    pub name: String,
    /// For people.
    pub title: String,
    /// Where its files come from.
    pub source: Source,
    /// How.
    pub mode: Mode,
    /// Whether labs may write in it: only of an empty source.
    pub writable: bool,
    /// Where it stands.
    pub state: VolumeState,
    /// How far it is.
    pub progress: Progress,
    /// What keeps it from going on, in words; also of single files when others arrived.
    pub failure: Option<String>,
    /// When it was asked for.
    pub created: Instant,
    /// When it reached its final state.
    pub finished: Option<Instant>,
    /// Goes up with every write; a write from an older one is refused.
    pub revision: i64,
}

/// What a file of a volume is, and where its bytes come from.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeFile {
    /// From 0, in the order of the listing.
    pub number: u64,
    /// Below the volume's folder, `/`-separated, no `.` or `..`, unique in the volume.
    pub path: String,
    /// The asset it is of; `None` for a URL.
    pub asset: Option<AssetId>,
    /// The archive's own name of the distribution, or the URL.
    pub from: String,
    /// As the archive says.
    pub size_bytes: Option<u64>,
    /// As the archive says.
    pub checksum: Option<Checksum>,
    /// What `provenance.json` and the notebook say of it: RFC 8259 text, made when listed.
    pub record: String,
    /// Where it stands.
    pub state: FileState,
}

/// Where a file stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Not whole yet.
    Planned,
    /// Whole, verified, kept under its digest.
    Whole {
        /// Of its bytes, hexadecimal.
        sha256: String,
        /// How many.
        size_bytes: u64,
        /// When its last byte came.
        fetched: Instant,
    },
    /// It cannot be had.
    Failed {
        /// Why, for people.
        reason: String,
    },
}
