//! A data volume as JSON.

use std::collections::BTreeMap;

use archway_core::coverage::Instant;
use archway_core::selections::Members;
use archway_core::volumes::{FileState, Mode, Source, Volume, VolumeFile};
use serde::Serialize;
use utoipa::ToSchema;

use super::asset_view::ChecksumView;
use super::members::QueryBody;
use super::volume_body::ModeBody;

/// A data volume.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VolumeView {
    /// Made by the gateway.
    #[schema(example = "0f3a5c7e9b1d2f4a6c8e")]
    pub(super) id: String,
    /// Name of its folder in a lab.
    #[schema(example = "planck-maps")]
    name: String,
    /// For people.
    title: String,
    source: VolumeSourceView,
    mode: ModeBody,
    /// Whether labs may write in it.
    writable: bool,
    /// `listing`, `staging`, `ready`, `failed` or `cancelled`.
    #[schema(example = "ready")]
    state: &'static str,
    progress: ProgressView,
    /// What keeps it from going on, in words; also of single files when others arrived.
    failure: Option<String>,
    /// When it was asked for, RFC 3339 UTC.
    created: String,
    /// When it reached its final state.
    finished: Option<String>,
}

/// Where the files of a volume come from; long lists are counted and not given.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct VolumeSourceView {
    /// `collection`, `selection`, `tree`, `urls` or `empty`.
    #[schema(example = "collection")]
    kind: &'static str,
    /// Id of the collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    collection: Option<String>,
    /// How many assets of a selection.
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_count: Option<u64>,
    /// The search.
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<QueryBody>,
    /// How many of its results were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    except_count: Option<u64>,
    /// Id of the preset.
    #[serde(skip_serializing_if = "Option::is_none")]
    preset: Option<String>,
    /// Id of the plugin.
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<String>,
    /// Settings of the plugin.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<BTreeMap<String, String>>,
    /// Paths that are wanted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    include: Vec<String>,
    /// Paths that are not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclude: Vec<String>,
    /// How many URLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    url_count: Option<u64>,
}

/// How far a volume is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProgressView {
    /// Files that are whole.
    files: u64,
    /// Files in all, as far as they are listed.
    files_total: u64,
    /// Bytes that arrived, of unfinished files too.
    bytes: u64,
    /// Bytes in all, as far as the archives say.
    bytes_total: u64,
}

/// A file of a volume.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileView {
    /// From 0, in the order of the listing.
    number: u64,
    /// Below the volume's folder.
    #[schema(example = "hst/ocli05leq/ocli05leq_x1d.fits")]
    path: String,
    /// The asset it is of; `null` for a URL.
    asset: Option<String>,
    /// The URL, or the archive's own name of the distribution.
    from: String,
    /// In bytes: counted once it is whole, else as the archive says.
    size_bytes: Option<u64>,
    /// As the archive says.
    checksum: Option<ChecksumView>,
    /// `planned`, `whole` or `failed`.
    #[schema(example = "whole")]
    state: &'static str,
    /// Of its bytes, once it is whole.
    sha256: Option<String>,
    /// When its last byte came.
    fetched: Option<String>,
    /// Why it cannot be had.
    failure: Option<String>,
}

impl From<&Volume> for VolumeView {
    fn from(volume: &Volume) -> Self {
        Self {
            id: volume.id.to_string(),
            name: volume.name.clone(),
            title: volume.title.clone(),
            source: VolumeSourceView::from(&volume.source),
            mode: match volume.mode {
                Mode::Copy => ModeBody::Copy,
            },
            writable: volume.writable,
            state: volume.state.name(),
            progress: ProgressView {
                files: volume.progress.files,
                files_total: volume.progress.files_total,
                bytes: volume.progress.bytes,
                bytes_total: volume.progress.bytes_total,
            },
            failure: volume.failure.clone(),
            created: volume.created.to_rfc3339(),
            finished: volume.finished.map(Instant::to_rfc3339),
        }
    }
}

impl From<&Source> for VolumeSourceView {
    fn from(source: &Source) -> Self {
        let view = Self { kind: source.kind(), ..Self::default() };
        match source {
            Source::Collection(id) => Self { collection: Some(id.clone()), ..view },
            Source::Selection(Members::Assets(assets)) => {
                Self { asset_count: Some(assets.len() as u64), ..view }
            }
            Source::Selection(Members::Query { query, except }) => Self {
                query: Some(QueryBody::from(query)),
                except_count: Some(except.len() as u64),
                ..view
            },
            Source::Tree { preset, plugin, settings, include, exclude } => Self {
                preset: preset.clone(),
                plugin: (!plugin.is_empty()).then(|| plugin.clone()),
                settings: preset.is_none().then(|| settings.iter().cloned().collect()),
                include: include.clone(),
                exclude: exclude.clone(),
                ..view
            },
            Source::Urls(urls) => Self { url_count: Some(urls.len() as u64), ..view },
            Source::Empty => view,
        }
    }
}

impl From<&VolumeFile> for FileView {
    fn from(file: &VolumeFile) -> Self {
        let view = Self {
            number: file.number,
            path: file.path.clone(),
            asset: file.asset.as_ref().map(ToString::to_string),
            from: file.from.clone(),
            size_bytes: file.size_bytes,
            checksum: file.checksum.as_ref().map(ChecksumView::from),
            state: "planned",
            sha256: None,
            fetched: None,
            failure: None,
        };
        match &file.state {
            FileState::Planned => view,
            FileState::Whole { sha256, size_bytes, fetched } => Self {
                state: "whole",
                size_bytes: Some(*size_bytes),
                sha256: Some(sha256.clone()),
                fetched: Some(fetched.to_rfc3339()),
                ..view
            },
            FileState::Failed { reason } => {
                Self { state: "failed", failure: Some(reason.clone()), ..view }
            }
        }
    }
}
