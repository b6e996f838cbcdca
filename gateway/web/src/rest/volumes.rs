//! `/api/v1/volumes`: data volumes, made, listed, given, removed.
//!
//! Called by `router.rs`. Calls `core::volumes`. Not here: what happens to one while it is staged
//! (`volume_events.rs`), cancel, retry, count and test (`volume_steps.rs`).

use archway_core::volumes::{Created, VolumeId, VolumeState};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::Body;
use super::idempotency::Key;
use super::page_view::CountView;
use super::problem::{Problem, ProblemView};
use super::volume_body::VolumeBody;
use super::volume_view::{FileView, VolumeView};
use crate::parameters::Parameters;
use crate::state::Gateway;

/// Most files of a page.
const MOST_FILES: u64 = 1000;

/// Data volumes of whoever asks, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VolumeList {
    volumes: Vec<VolumeView>,
    /// Always `null`: the list is whole.
    next: Option<String>,
    count: CountView,
}

/// Files of a volume, in the order of the listing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileList {
    files: Vec<FileView>,
    /// Give it as `first` for the next page; `null` at the end.
    next: Option<u64>,
    count: CountView,
}

/// Lists your data volumes, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/volumes",
    tag = "volumes",
    responses((status = 200, description = "All of them", body = VolumeList))
)]
pub(crate) async fn list(State(gateway): State<Gateway>) -> Result<Json<VolumeList>, Problem> {
    let all = gateway.volumes.list(&gateway.principal).await?;
    let volumes: Vec<_> = all.iter().map(VolumeView::from).collect();
    let count = CountView { value: volumes.len() as u64, exact: true };
    Ok(Json(VolumeList { volumes, next: None, count }))
}

/// Makes a data volume; its files arrive from then on.
#[utoipa::path(
    post,
    path = "/api/v1/volumes",
    tag = "volumes",
    params(("Idempotency-Key" = Option<String>, Header, description = "Asking again with it makes no second one.", example = "7c9e6679")),
    request_body = VolumeBody,
    responses(
        (status = 201, description = "Taken on; `Location` is its address", body = VolumeView),
        (status = 200, description = "The key was used before: what was made then, as it is now", body = VolumeView),
        (status = 400, description = "Something of it is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
        (status = 403, description = "It would be more than you may have", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken, or the key was used for another request", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Key(key): Key,
    Body(body): Body<VolumeBody>,
) -> Result<Response, Problem> {
    let who = &gateway.principal;
    let new = body.read(&gateway).await?;
    let (status, volume) = match gateway.volumes.create_once(who, new, key.as_deref()).await? {
        Created::New(volume) => (StatusCode::CREATED, volume),
        Created::Before(volume) => (StatusCode::OK, volume),
    };
    let place = [(header::LOCATION, format!("/api/v1/volumes/{}", volume.id))];
    Ok((status, place, Json(VolumeView::from(&volume))).into_response())
}

/// Gives one data volume.
#[utoipa::path(
    get,
    path = "/api/v1/volumes/{id}",
    tag = "volumes",
    params(("id" = String, Path, description = "Its id.", example = "0f3a5c7e9b1d2f4a6c8e")),
    responses(
        (status = 200, description = "The volume", body = VolumeView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn volume(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<VolumeView>, Problem> {
    let volume = gateway.volumes.volume(&gateway.principal, &VolumeId(id)).await?;
    Ok(Json(VolumeView::from(&volume)))
}

/// Removes a data volume and its bytes.
#[utoipa::path(
    delete,
    path = "/api/v1/volumes/{id}",
    tag = "volumes",
    params(("id" = String, Path, description = "Its id.", example = "0f3a5c7e9b1d2f4a6c8e")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "A lab that has not ended uses it", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    gateway.volumes.delete(&gateway.principal, &VolumeId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the files of a data volume, a page at a time.
#[utoipa::path(
    get,
    path = "/api/v1/volumes/{id}/files",
    tag = "volumes",
    params(
        ("id" = String, Path, description = "Its id.", example = "0f3a5c7e9b1d2f4a6c8e"),
        ("first" = Option<u64>, Query, description = "Number of the first file; 0 unless given.", example = 0),
        ("limit" = Option<u32>, Query, description = "Most files of the page, 1 to 1000; 100 unless given.", example = 100),
    ),
    responses(
        (status = 200, description = "The page", body = FileList),
        (status = 400, description = "A parameter is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn files(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<FileList>, Problem> {
    let parameters = Parameters::of_query(query.as_deref());
    parameters.refuse_all_but(&["first", "limit"])?;
    let first = parameters.whole("first", 0, 0..=u64::from(u32::MAX))?;
    let limit = parameters.whole("limit", 100, 1..=MOST_FILES)?;
    let (who, id) = (&gateway.principal, VolumeId(id));
    let volume = gateway.volumes.volume(who, &id).await?;
    let most = u32::try_from(limit).unwrap_or(u32::MAX);
    let files = gateway.volumes.files(who, &id, first, most).await?;
    let listed = volume.progress.files_total;
    let exact = volume.state != VolumeState::Listing;
    // While it is being listed there may be more than are known.
    let more = |next: &u64| *next < listed || (!exact && files.len() as u64 == limit);
    let next = files.last().map(|file| file.number + 1).filter(more);
    let count = CountView { value: listed, exact };
    Ok(Json(FileList { files: files.iter().map(FileView::from).collect(), next, count }))
}
