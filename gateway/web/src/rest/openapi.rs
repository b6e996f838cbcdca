//! `GET /api/v1/openapi.json`: the REST surface, described for machines.

use axum::Json;
use utoipa::OpenApi;

/// The document; its paths are those of `router.rs`, which a test compares.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Archway",
        description = "One search over many science archives. What is unknown is null; times are RFC 3339 UTC; names carry units; errors are RFC 9457 problems.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        super::search::search,
        super::assets::asset,
        crate::bytes::content,
        super::archives::list,
        super::archives::archive,
    ),
    components(schemas(super::search::SourceEvent)),
    tags(
        (name = "search", description = "Federated search"),
        (name = "assets", description = "Records, and the bytes behind them"),
        (name = "archives", description = "The archives of this gateway"),
    )
)]
pub(crate) struct Document;

/// Gives the document.
pub(crate) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}
