//! `GET /volumes` and `/volumes/{id}`, and what is done with one: cancel, retry, delete.
//!
//! Calls `core::volumes`. Not here: making one (`wizard.rs`).

use archway_core::volumes::{FileState, Volume, VolumeId, VolumeState};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::{Chrome, ErrorPage, page, url_of, words};
use crate::form_token::FormToken;
use crate::state::Gateway;

/// Files of a volume's page; the API has them all.
const SHOWN_FILES: u32 = 200;

#[derive(Template)]
#[template(path = "volumes.html")]
struct ListPage {
    chrome: Chrome,
    volumes: Vec<Row>,
    used: String,
    quota: String,
    /// Of a hundred.
    percent: u64,
}

/// A volume in a list, and at the head of its page.
pub(super) struct Row {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) source: &'static str,
    pub(super) mode: &'static str,
    pub(super) state: &'static str,
    pub(super) mark: &'static str,
    pub(super) progress: String,
    pub(super) percent: Option<u64>,
    pub(super) size: String,
    pub(super) failure: Option<String>,
    pub(super) created: String,
    pub(super) finished: bool,
    pub(super) ready: bool,
}

#[derive(Template)]
#[template(path = "volume.html")]
struct VolumePage {
    chrome: Chrome,
    volume: Row,
    files: Vec<FileRow>,
    more: u64,
    notebook: String,
    json: String,
    events: String,
}

struct FileRow {
    path: String,
    size: String,
    state: String,
    sha256: String,
    asset: Option<(String, String)>,
}

/// Lists the data volumes of whoever asks.
pub(crate) async fn list(State(gateway): State<Gateway>) -> Result<Response, ErrorPage> {
    let all = gateway.volumes.list(&gateway.principal).await?;
    let (usage, quota) = gateway.labs.usage(&gateway.principal).await?;
    Ok(page(&ListPage {
        chrome: Chrome::at(&gateway, "volumes"),
        volumes: all.iter().map(Row::from).collect(),
        used: words::size(usage.volume_bytes),
        quota: words::size(quota.volume_bytes),
        percent: percent(usage.volume_bytes, quota.volume_bytes).unwrap_or(100),
    })?)
}

/// Shows one.
pub(crate) async fn volume(
    State(gateway): State<Gateway>,
    token: FormToken,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    let id = VolumeId(id);
    let volume = gateway.volumes.volume(&gateway.principal, &id).await?;
    let files = gateway.volumes.files(&gateway.principal, &id, 0, SHOWN_FILES).await?;
    let segment = url_of::segment(&id.0);
    let files: Vec<FileRow> = files
        .into_iter()
        .map(|file| {
            let (state, sha256, size) = match &file.state {
                FileState::Planned => ("planned".to_owned(), String::new(), file.size_bytes),
                FileState::Whole { sha256, size_bytes, .. } => {
                    ("whole".to_owned(), sha256.chars().take(12).collect(), Some(*size_bytes))
                }
                FileState::Failed { reason } => (reason.clone(), String::new(), file.size_bytes),
            };
            let asset = file.asset.map(|id| id.to_string());
            let asset = asset.map(|id| (url_of::asset(&id), id));
            FileRow {
                path: file.path,
                size: size.map(words::size).unwrap_or_default(),
                state,
                sha256,
                asset,
            }
        })
        .collect();
    Ok(page(&VolumePage {
        chrome: Chrome::at(&gateway, "volumes").signed(&token),
        more: volume.progress.files_total.saturating_sub(files.len() as u64),
        volume: Row::from(&volume),
        files,
        notebook: format!("/labs/new?volume={segment}&notebook=1"),
        json: format!("/api/v1/volumes/{segment}"),
        events: format!("/api/v1/volumes/{segment}/events"),
    })?)
}

/// Ends staging.
pub(crate) async fn cancel(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    let volume = gateway.volumes.cancel(&gateway.principal, &VolumeId(id)).await?;
    Ok(to(&volume.id))
}

/// Tries again what is not there.
pub(crate) async fn retry(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    let volume = gateway.volumes.retry(&gateway.principal, &VolumeId(id)).await?;
    Ok(to(&volume.id))
}

/// Removes a volume and its bytes.
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    gateway.volumes.delete(&gateway.principal, &VolumeId(id)).await?;
    Ok(Redirect::to("/volumes").into_response())
}

/// To the page of a volume.
pub(super) fn to(id: &VolumeId) -> Response {
    Redirect::to(&format!("/volumes/{}", url_of::segment(&id.0))).into_response()
}

/// Of a hundred; `None` where there is nothing to compare with.
pub(super) fn percent(part: u64, whole: u64) -> Option<u64> {
    (whole > 0).then(|| (part.saturating_mul(100) / whole).min(100))
}

impl From<&Volume> for Row {
    fn from(volume: &Volume) -> Self {
        let progress = &volume.progress;
        let staging = volume.state == VolumeState::Staging;
        Self {
            href: format!("/volumes/{}", url_of::segment(&volume.id.0)),
            name: volume.name.clone(),
            title: volume.title.clone(),
            source: match volume.source.kind() {
                "collection" => "Collection",
                "selection" => "Selection",
                "tree" => "Tree of files",
                "urls" => "List of URLs",
                _ => "Own space",
            },
            mode: if volume.writable { "read and write" } else { "read only" },
            state: volume.state.name(),
            mark: match volume.state {
                VolumeState::Ready => "ok",
                VolumeState::Failed => "bad",
                VolumeState::Cancelled => "idle",
                VolumeState::Listing | VolumeState::Staging => "wait",
            },
            progress: match volume.state {
                VolumeState::Listing => {
                    format!("{} found so far", words::counted(progress.files_total, "file"))
                }
                VolumeState::Ready => words::counted(progress.files, "file"),
                _ => format!(
                    "{} of {}",
                    words::grouped(progress.files),
                    words::counted(progress.files_total, "file")
                ),
            },
            percent: percent(progress.bytes, progress.bytes_total).filter(|_| staging),
            size: words::size(progress.bytes),
            failure: volume.failure.clone(),
            created: words::moment(volume.created),
            finished: volume.state.is_final(),
            ready: volume.state == VolumeState::Ready,
        }
    }
}
