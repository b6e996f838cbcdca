//! What is done with a data volume besides making it: cancel, retry; and what is asked of a
//! source before one is made: how much it holds, whether it answers.

use archway_core::volumes::{Estimate, VolumeId};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::Body;
use super::problem::{Problem, ProblemView};
use super::volume_body::SourceOnly;
use super::volume_view::VolumeView;
use crate::state::Gateway;

/// How much a source holds, as far as was counted in a few seconds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EstimateView {
    /// Files counted.
    files: u64,
    /// Bytes counted.
    bytes: u64,
    /// Files whose size nobody says.
    unknown_sizes: u64,
    /// Whether everything was counted.
    complete: bool,
    /// Some paths, at most 20.
    samples: Vec<String>,
    /// Licences and acknowledgements.
    notices: Vec<String>,
    /// What is missing, in words: archives that did not answer.
    missing: Vec<String>,
}

/// What came of testing a connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestedView {
    /// Whether something was reached.
    reached: bool,
    /// What, or why not, for people.
    words: String,
}

/// Ends the staging of a volume; files that are whole stay until it is removed.
#[utoipa::path(
    post,
    path = "/api/v1/volumes/{id}/cancel",
    tag = "volumes",
    params(("id" = String, Path, description = "Its id.", example = "0f3a5c7e9b1d2f4a6c8e")),
    responses(
        (status = 200, description = "The volume as it is now", body = VolumeView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "It is finished", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<VolumeView>, Problem> {
    let volume = gateway.volumes.cancel(&gateway.principal, &VolumeId(id)).await?;
    Ok(Json(VolumeView::from(&volume)))
}

/// Tries the files again that are not there, of a volume that failed or was cancelled.
#[utoipa::path(
    post,
    path = "/api/v1/volumes/{id}/retry",
    tag = "volumes",
    params(("id" = String, Path, description = "Its id.", example = "0f3a5c7e9b1d2f4a6c8e")),
    responses(
        (status = 200, description = "The volume as it is now", body = VolumeView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "There is nothing to try again", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn retry(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<VolumeView>, Problem> {
    let volume = gateway.volumes.retry(&gateway.principal, &VolumeId(id)).await?;
    Ok(Json(VolumeView::from(&volume)))
}

/// Counts what a source holds, for a few seconds.
#[utoipa::path(
    post,
    path = "/api/v1/volumes/estimate",
    tag = "volumes",
    request_body = SourceOnly,
    responses(
        (status = 200, description = "What was counted", body = EstimateView),
        (status = 400, description = "Something of it is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn estimate(
    State(gateway): State<Gateway>,
    Body(body): Body<SourceOnly>,
) -> Result<Json<EstimateView>, Problem> {
    let source = body.source.read(&gateway).await?;
    let estimate = gateway.volumes.estimate(&gateway.principal, &source).await?;
    Ok(Json(EstimateView::from(estimate)))
}

/// Asks the archive of a source for something small, and says what came of it.
#[utoipa::path(
    post,
    path = "/api/v1/volumes/test",
    tag = "volumes",
    request_body = SourceOnly,
    responses(
        (status = 200, description = "What was reached, or why it was not", body = TestedView),
        (status = 400, description = "Something of it is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn test(
    State(gateway): State<Gateway>,
    Body(body): Body<SourceOnly>,
) -> Result<Json<TestedView>, Problem> {
    let source = body.source.read(&gateway).await?;
    let tested = gateway.volumes.test(&gateway.principal, &source).await?;
    Ok(Json(TestedView { reached: tested.reached, words: tested.words }))
}

impl From<Estimate> for EstimateView {
    fn from(estimate: Estimate) -> Self {
        Self {
            files: estimate.files,
            bytes: estimate.bytes,
            unknown_sizes: estimate.unknown_sizes,
            complete: estimate.complete,
            samples: estimate.samples,
            notices: estimate.notices,
            missing: estimate.missing,
        }
    }
}
