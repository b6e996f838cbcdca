//! `GET /api/v1/assets/{id}`: one record in full.

use archway_core::Error;
use archway_core::asset::AssetId;
use archway_core::look_up;
use axum::Json;
use axum::extract::{Path, State};

use super::access_view::AccessView;
use super::asset_detail::AssetDetail;
use super::problem::{Problem, ProblemView};
use crate::error;
use crate::state::Gateway;

/// Gives one asset in full, with the ways to its bytes.
///
/// An archive that has the record but cannot say how to get its bytes gives `accesses`
/// `null` and the reason; the record is worth having without.
#[utoipa::path(
    get,
    path = "/api/v1/assets/{id}",
    tag = "assets",
    params(
        ("id" = String, Path, description = "`archive/native-id`, percent-encoded as one segment.", example = "hst%2Focli05leq"),
    ),
    responses(
        (status = 200, description = "The record", body = AssetDetail),
        (status = 400, description = "That is no id", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "No such archive or asset", body = ProblemView, content_type = "application/problem+json"),
        (status = 502, description = "The archive failed", body = ProblemView, content_type = "application/problem+json"),
        (status = 504, description = "The archive gave no answer in time", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn asset(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<AssetDetail>, Problem> {
    let id: AssetId = id
        .parse()
        .map_err(|bad: archway_core::asset::BadId| Error::bad_request("id", bad.to_string()))?;
    let (archives, who, within) = (&gateway.archives, &gateway.principal, gateway.look_up_timeout);
    let (asset, accesses) = tokio::join!(
        look_up::asset(archives, who, &id, within),
        look_up::accesses(archives, who, &id, None, within),
    );
    let accesses = match accesses {
        Ok(ways) => Ok(ways.iter().map(AccessView::from).collect()),
        // The record is there, so this is only its files.
        Err(Error::AssetNotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error::public_message(&error)),
    };
    Ok(Json(AssetDetail::new(&asset?, accesses)))
}
